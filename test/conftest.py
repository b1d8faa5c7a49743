"""For all tests: one thread each for numpy and torch, and signals that reach what tests start."""

import os
import signal

# Two threads stand in each other's way. Before either is imported; processes that tests start
# inherit it.
os.environ.setdefault('OMP_NUM_THREADS', '1')

# Under nohup, or in the background of a script, some signals are ignored, and so would they be by
# the processes that tests start, which inherit that. They do not inherit a handler.
for _number in (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, lambda *_: None)
