"""The `reelfarm` command."""
