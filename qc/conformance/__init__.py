"""The rules players depend on, held against manifests and segments."""
