"""The reelfarm command: its verbs parse, call one use case, and show what came of it."""
