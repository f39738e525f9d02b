"""Records that turned out to be one: what names the one follows to the other, and can go back."""
