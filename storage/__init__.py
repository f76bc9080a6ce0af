"""What the farm remembers: jobs in PostgreSQL, bells through Redis, bytes in object stores."""
