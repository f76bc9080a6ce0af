"""Running programs: the leash every child wears, the runner, and the servers of a small stack."""
