"""Whole journeys through one running suite, which ends when their last one has."""
