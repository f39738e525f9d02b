"""Dirty values made clean: pure functions of a text, usable on entry and in the mapping of an import."""
