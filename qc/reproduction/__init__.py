"""A published generation held against the provenance that lies in it, and against today. Pure."""
