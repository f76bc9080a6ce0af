"""What the farm remembers: rows in PostgreSQL, wake-ups through Redis, bytes in object stores."""
