"""What a title's ladder is: presets, how a policy fits a source, GOPs and chunks. Pure."""
