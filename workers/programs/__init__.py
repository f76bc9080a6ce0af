"""Running programs: the sandbox around every child, the runner, servers that are kept running."""
