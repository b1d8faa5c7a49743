"""Runs a managed node as a process: signals, start, spin, an orderly stop, and the exit code."""

import gc
import re
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import rclpy
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.ros.stop_signals import StopSignals

_BAD_FILE = re.compile(
    r"Couldn't parse params file: '--params-file (.*?)'\. Error: (.*?)(, at |$)"
)
_BAD_RULE = re.compile(r"Couldn't parse (.*?): '(.*?)'\. Error: (.*?)(, at |$)")


class Startable(Protocol):
    """What a node needs to be run here."""

    def start(self) -> bool:
        """Begin work; False when that failed, which the node has then said."""

    def stop(self) -> None:
        """Bring the robot to rest; publishers still work. Called on every way out."""

    def destroy_node(self) -> None:
        """Drop everything."""


def run(make_node: Callable[[], Startable], name: str, args: Sequence[str] | None = None) -> int:
    """Make a node, start it, and spin it until SIGINT, SIGTERM, SIGHUP or SIGQUIT.

    Args:
        make_node: constructs the node, an rclpy node that is `Startable`.
        name: what to call the process in an error on stderr.
        args: command line; that of the process when None.

    Returns:
        Exit code: 0 after a signal, 1 when the node could not start.
    """
    signals = StopSignals()
    try:
        rclpy.init(
            args=None if args is None else list(args),
            signal_handler_options=SignalHandlerOptions.NO,
        )
        node = make_node()
    except (VcpCbfError, RuntimeError, ValueError) as error:
        # A user's mistake on the command line or in a file: a sentence, not a traceback.
        print(f'{name}: {sentence(error)}', file=sys.stderr, flush=True)
        rclpy.try_shutdown()
        return 1
    executor = SingleThreadedExecutor()
    executor.add_node(node)  # type: ignore[arg-type]
    stop_requested: Future[None] = Future()
    signals.call(lambda: stop_requested.set_result(None))
    try:
        started = node.start()
        # What is there now stays: going through all of it again takes longer than a cycle.
        gc.freeze()
        if started:
            executor.spin_until_future_complete(stop_requested)
    finally:
        node.stop()
        node.destroy_node()
        rclpy.try_shutdown()
        signals.ignore()
    return 0 if started else 1


def sentence(error: Exception) -> str:
    """What is wrong, without the file names and line numbers of the ROS client library."""
    text = str(error)
    if match := _BAD_FILE.search(text):
        return f'the parameter file {match[1]} cannot be used: {_explained(match[2])}'
    if match := _BAD_RULE.search(text):
        return f'{match[1]} {match[2]} cannot be used: {_explained(match[3])}'
    if type(error).__name__ == 'UnknownROSArgsError':
        return f'these arguments after --ros-args are unknown: {text}'
    return ' '.join(text.split())


def _explained(reason: str) -> str:
    if 'Sequence should be of same type' in reason:
        return f'{reason} (write every number of a list with a decimal point)'
    return reason
