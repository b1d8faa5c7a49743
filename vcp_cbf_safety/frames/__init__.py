"""Poses and transforms in the plane."""
