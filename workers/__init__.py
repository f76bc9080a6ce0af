"""What runs programs: the worker's engine, its steps, and everything they need of this machine."""
