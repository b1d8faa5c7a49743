"""What a body must not touch: as given, as columns, and as the scene of one cycle."""
