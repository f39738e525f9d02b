"""Searching lists: the words that a record is found by, asked for within the rights of the reader."""
