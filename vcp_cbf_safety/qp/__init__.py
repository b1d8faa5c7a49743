"""The program of one cycle: rows, bounds and the solver."""
