"""Runs each node; a signal that comes while it is still being imported ends it without a word.

Beside the package, because importing the package is most of the time in which Python would answer
Ctrl-C with a traceback. Nothing is commanded yet, so there is nothing to bring to rest.
"""

import os
import signal
from importlib import import_module


def safety_filter() -> int:
    """The safety filter."""
    return _run('vcp_cbf_safety.ros.safety_filter_node')


def arena_sim() -> int:
    """The embedded simulator."""
    return _run('vcp_cbf_safety.sim.arena_sim_node')


def physics_sim() -> int:
    """The simulator with wheels, motors and contacts."""
    return _run('vcp_cbf_safety.sim.physics_sim_node')


def nominal_driver() -> int:
    """The driver of a simulated robot."""
    return _run('vcp_cbf_safety.sim.nominal_driver_node')


def dashboard() -> int:
    """All filters of a domain in a terminal."""
    return _run('vcp_cbf_safety.studies.dashboard.__main__')


def _run(module: str) -> int:
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    # The node takes the signals over before it does anything else.
    code: int = import_module(module).main()
    return code
