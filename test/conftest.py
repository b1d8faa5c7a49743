"""For all tests: one thread each for numpy and torch; two stand in each other's way."""

import os

# Before either is imported; processes that tests start inherit it.
os.environ.setdefault('OMP_NUM_THREADS', '1')
