"""The floor: what somebody would write by hand who needs this one page and reads the databases directly."""
