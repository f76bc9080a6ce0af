"""Pure builders of commands and files, and parsers of what programs print and write."""
