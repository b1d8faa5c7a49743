"""Signals as a request to stop, so that a node can still publish when they arrive."""

import signal
import socket
import threading
from collections.abc import Callable

_ALWAYS = (signal.SIGINT, signal.SIGTERM)
# A terminal that is closed, and Ctrl-\. Whoever started the node with these ignored, as nohup does
# with SIGHUP and a shell without job control with SIGQUIT, wants it to outlive them.
_UNLESS_IGNORED = (signal.SIGHUP, signal.SIGQUIT)


class StopSignals:
    """Takes the signals that end a node and hands them over as a request; main thread only.

    rclpy's own handlers shut the context down, after which nothing can be published any more, and
    Python's raise KeyboardInterrupt anywhere. Here a signal only wakes a thread that waits for it.
    A second signal does nothing: a Ctrl-C often arrives twice, from the terminal and from launch,
    and must not cut the braking short.
    """

    def __init__(self) -> None:
        self._reader, self._writer = socket.socketpair()
        self._writer.setblocking(False)
        # Written to in the C handler, whatever the main thread is waiting for.
        signal.set_wakeup_fd(self._writer.fileno(), warn_on_full_buffer=False)
        self._taken = [
            *_ALWAYS,
            *(n for n in _UNLESS_IGNORED if signal.getsignal(n) != signal.SIG_IGN),
        ]
        for number in self._taken:
            signal.signal(number, lambda *_: None)

    def ignore(self) -> None:
        """Do nothing about signals from now on, not even while Python ends.

        Python gives up handlers before it is gone; a second Ctrl-C would then look like a crash.
        """
        for number in self._taken:
            signal.signal(number, signal.SIG_IGN)

    def call(self, stop: Callable[[], object]) -> None:
        """Call `stop`, in another thread, once a signal arrives or has arrived."""

        def watch() -> None:
            self._reader.recv(1)
            stop()

        threading.Thread(target=watch, name='stop signals', daemon=True).start()
