"""What services tell each other as JSON: quickly what events are made of, the rest by the library."""
