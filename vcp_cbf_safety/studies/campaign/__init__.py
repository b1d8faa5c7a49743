"""Closed-loop episodes of the pure filter against ground truth, by the thousand."""
