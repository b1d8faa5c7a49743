"""Where hazards come from: one class and one file for each kind."""
