"""The HTTP face of the farm: routes parse, call one use case, and answer."""
