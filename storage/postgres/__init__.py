"""The tables and every statement on them: jobs, steps, claims, leases, generations, the outbox."""
