"""The demo and the benchmarks; each benchmark prints one table."""
