"""One worker process: it claims steps, executes them under a lease, and tells how they ended."""
