"""Rules of uniqueness that a company sets itself, kept by an index."""
