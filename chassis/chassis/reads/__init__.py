"""How reads are gathered, and what they are sent over: what costs as much as a read if done for each."""
