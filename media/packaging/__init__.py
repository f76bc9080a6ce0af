"""Shaka Packager's command, and the manifests over what it wrote."""
