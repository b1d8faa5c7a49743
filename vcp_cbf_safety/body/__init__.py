"""The body as discs, and the discs that cover a footprint."""
