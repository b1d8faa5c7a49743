"""What a command must pass before it goes out."""
