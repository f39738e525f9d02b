"""The gateway's face to its callers: HTTP, who they are, what they may ask for."""
