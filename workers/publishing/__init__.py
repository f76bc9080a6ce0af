"""A generation on its way to an origin: uploaded, read back, and pointed to."""
