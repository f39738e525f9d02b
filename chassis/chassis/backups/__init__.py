"""What a service keeps, as streams that a backup is made of; loads nothing of the service but its name."""
