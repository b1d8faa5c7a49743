"""All filters of a domain in a terminal."""
