"""Runs a managed node as a process: signals, start, spin, an orderly stop, and the exit code."""

import gc
import re
import sys
from collections.abc import Callable, Sequence
from typing import Protocol

import rclpy
from rclpy.exceptions import ParameterException
from rclpy.executors import SingleThreadedExecutor
from rclpy.signals import SignalHandlerOptions
from rclpy.task import Future
from rclpy.utilities import remove_ros_args

from vcp_cbf_safety.errors import ConfigurationError, VcpCbfError
from vcp_cbf_safety.ros.addressees import check_addressees
from vcp_cbf_safety.ros.stop_signals import StopSignals

_BAD_FILE = re.compile(
    r"Couldn't parse params file: '--params-file (.*?)'\. Error: (.*?)(, at |$)"
)
_BAD_RULE = re.compile(r"Couldn't parse (.*?): '(.*?)'\. Error: (.*?)(, at |$)")
_TRAILING = re.compile(r"Couldn't parse trailing (?:log level flag: ')?([^\s']+)")
_BAD_TYPE = re.compile(
    r"Trying to set parameter '(.*?)' to '(.*?)' of type '(.*?)', expecting type '(.*?)'"
)

# What to write where the parser of the command line only counts characters.
_SYNTAX = {
    'remap rule': 'write from:=to; names consist of letters, digits and underscores, no digit '
    'first, with slashes between them, and a namespace begins with a slash',
    'parameter override rule': 'write name:=value',
}
# What to do about what the parser of parameter files says.
_HINTS = {
    'Sequence should be of same type': 'write every number of a list with a decimal point, and '
    'words such as no or on in quotes',
    'Cannot have a value before ros__parameters': 'write the name of the node, or /**, below it '
    'ros__parameters, and below that the parameters, each level indented by spaces',
    'Error parsing': 'look for tabs, open brackets, and colons without a space behind them',
}


class Startable(Protocol):
    """What a node needs to be run here."""

    def start(self) -> bool:
        """Begin work; False when that failed, which the node has then said."""

    def stop(self) -> None:
        """Bring the robot to rest; publishers still work. Called on every way out."""

    def destroy_node(self) -> None:
        """Drop everything."""

    def get_fully_qualified_name(self) -> str:
        """Name with namespace, after remapping."""


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
    arguments = sys.argv[1:] if args is None else list(args)
    try:
        rclpy.init(
            args=arguments,
            signal_handler_options=SignalHandlerOptions.NO,
        )
        _check_no_others(arguments)
        node = make_node()
        check_addressees(arguments, node.get_fully_qualified_name())
    except (VcpCbfError, ParameterException, RuntimeError, ValueError) as error:
        # A user's mistake on the command line or in a file: a sentence, not a traceback.
        print(f'{name}: {sentence(error)}', file=sys.stderr, flush=True)
        rclpy.try_shutdown()
        return 1
    executor = SingleThreadedExecutor()
    executor.add_node(node)  # type: ignore[arg-type]
    stop_requested: Future = Future()
    signals.call(lambda: stop_requested.set_result(None))
    try:
        started = node.start()
        # What is there now stays: going through all of it again takes longer than a cycle.
        gc.freeze()
        if started:
            executor.spin_until_future_complete(stop_requested)
    finally:
        node.stop()
        # Otherwise what is left of the node would never be collected, and others would take it to
        # be there until its lease is over.
        gc.unfreeze()
        node.destroy_node()
        rclpy.try_shutdown()
        signals.ignore()
    return 0 if started else 1


def _check_no_others(arguments: list[str]) -> None:
    others = remove_ros_args(arguments)
    if others:
        raise ConfigurationError(
            f'these arguments do nothing: {others}; what ROS is to read comes after --ros-args'
        )


def sentence(error: Exception) -> str:
    """What is wrong, without the file names and line numbers of the ROS client library."""
    text = str(error)
    if match := _BAD_FILE.search(text):
        return f'the parameter file {match[1]} cannot be used: {_explained(match[2])}'
    if match := _TRAILING.search(text):
        return f'nothing follows {match[1]}'
    if match := _BAD_TYPE.match(text):
        name, value, given, wanted = match.groups()
        return f'{name} is {value}, of type {given.lower()}; it must be a {wanted.lower()}'
    if match := _BAD_RULE.search(text):
        said = 'lexeme' not in match[3] and match[3] != 'error not set'
        reason = match[3] if said else _SYNTAX.get(match[1], match[3])
        return f'{match[1]} {match[2]} cannot be used: {reason}'
    if type(error).__name__ == 'UnknownROSArgsError':
        return (
            f'these arguments after --ros-args are unknown: {text}; a parameter takes -p, a remap '
            '-r, a parameter file --params-file'
        )
    return ' '.join(text.split())


def _explained(reason: str) -> str:
    hints = [hint for said, hint in _HINTS.items() if said in reason]
    return f'{reason} ({hints[0]})' if hints else reason
