"""The kinds of steps there are, one file a kind: their commands, and what they leave behind."""
