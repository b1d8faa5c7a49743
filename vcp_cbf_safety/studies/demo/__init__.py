"""Demonstrations: everything as separate processes over DDS, with figures and a picture."""
