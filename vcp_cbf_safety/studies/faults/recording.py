"""What was heard during one run, as plain values."""

from dataclasses import dataclass, field
from typing import NamedTuple

from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState


class TrueMotion(NamedTuple):
    """True motion of the robot: wall-clock time [s], x [m], speed [m/s]."""

    wall: float
    x: float
    speed: float


class Notice(NamedTuple):
    """What a status of the filter in the diagnostics said, with its wall-clock time [s]."""

    wall: float
    level: int
    message: str
    status: str = ''


@dataclass(slots=True)
class Recording:
    """Everything that was heard, in order, and when the fault was there.

    Attributes:
        injected: wall-clock time at which the fault began to matter [s].
        ended: wall-clock time at which it was taken away [s].
        contacts: what the robot's body touched, by the simulator's ground truth.
        worst_clearance: smallest distance of its body to any surface [m].
        diagnostics: newest values of the filter.
        late_before: late cycles of the filter before the fault.
        logged: what the filter's process printed.
    """

    commands: list[PublishedCommand] = field(default_factory=list)
    states: list[PublishedState] = field(default_factory=list)
    motion: list[TrueMotion] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    injected: float | None = None
    ended: float | None = None
    contacts: list[str] = field(default_factory=list)
    worst_clearance: float = float('nan')
    diagnostics: dict[str, str] = field(default_factory=dict)
    late_before: int = 0
    logged: str = ''

    def calm_since(self, wall: float) -> float | None:
        """When inputs and safety were first both OK since a time [s]; None if never."""
        levels: dict[str, int] = {}
        for notice in self.notices:
            if notice.wall > wall and notice.status in ('inputs', 'safety'):
                levels[notice.status] = notice.level
                if len(levels) == 2 and not any(levels.values()):
                    return notice.wall
        return None

    @property
    def late_ticks(self) -> int:
        """Late cycles of the filter, as it last said."""
        return int(self.diagnostics.get('late_ticks', 0))
