"""Captions that travel inside pictures: CEA-608 (line 21) and CEA-708 (DTVCC). Pure."""
