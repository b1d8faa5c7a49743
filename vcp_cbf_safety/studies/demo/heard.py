"""What was sent to a filter in a replay and what it answered, as plain values."""

from dataclasses import dataclass, field
from typing import NamedTuple

from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState


class Sent(NamedTuple):
    """A nominal command that was published.

    Attributes:
        wall: wall-clock time of publishing [s].
        time: recording time that it belongs to [s since the begin of the playback].
        v, omega: the command.
    """

    wall: float
    time: float
    v: float
    omega: float


@dataclass(slots=True)
class Heard:
    """Everything that was sent to one robot's filter and heard from it."""

    sent: list[Sent] = field(default_factory=list)
    answers: list[PublishedCommand] = field(default_factory=list)
    states: list[PublishedState] = field(default_factory=list)
    diagnostics: dict[str, str] = field(default_factory=dict)

    def until(self, wall: float) -> 'Heard':
        """What was published until a wall-clock time [s], and the newest diagnostics."""
        return Heard(
            [each for each in self.sent if each.wall <= wall],
            [each for each in self.answers if each.wall <= wall],
            [each for each in self.states if each.wall <= wall],
            dict(self.diagnostics),
        )
