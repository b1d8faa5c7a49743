"""How a robot and its hazards move, and how a robot stops."""
