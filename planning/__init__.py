"""From facts to steps: what a title needs, with typed parameters and sizes. Pure."""
