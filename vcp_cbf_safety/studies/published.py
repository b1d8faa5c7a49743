"""What a filter publishes, heard by a study: plain values."""

from typing import NamedTuple


class PublishedCommand(NamedTuple):
    """A command on cmd_vel: wall-clock time of publishing [s] and command."""

    wall: float
    v: float
    omega: float


class PublishedState(NamedTuple):
    """A message on the state topic: wall-clock time of publishing [s] and what it says."""

    wall: float
    outcome: str
    binding: str
    reason: str
    code: str = ''
