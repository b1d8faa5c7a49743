"""Closed-loop episodes of the filter in a physics engine."""
