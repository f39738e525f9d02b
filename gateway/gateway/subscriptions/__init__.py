"""Live events: who subscribed to what, and what they are told when something changes."""
