"""Use cases of cli, api and workers, each a few visible transactions; no program, no HTTP."""
