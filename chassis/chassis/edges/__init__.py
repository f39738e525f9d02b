"""The HTTP edges of a service beside its graph."""
