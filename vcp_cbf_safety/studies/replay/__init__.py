"""A recording with the filter in its shadow: what it would have done."""
