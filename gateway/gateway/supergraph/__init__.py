"""What the services' schemas compose to, and what is read from it."""
