"""Laser scans as hazards."""
