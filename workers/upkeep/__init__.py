"""What goes on without anybody asking: the reconciler, housekeeping, webhooks."""
