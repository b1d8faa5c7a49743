"""What a fault is, and what is expected of the filter when it comes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum

from vcp_cbf_safety.ros.node_spec import ParameterValue
from vcp_cbf_safety.studies.faults.corruption import LineFault
from vcp_cbf_safety.studies.faults.scene import INJECTION_X


class Action(str, Enum):
    """A fault that is not on the wire."""

    NOTHING = 'nothing'
    KILL = 'kill'  # the filter's process, by SIGKILL; started again as launch does
    PAUSE = 'pause'  # the filter's process, by SIGSTOP, then SIGCONT
    HOG = 'hog'  # busy processes on every core
    INTRUDE = 'intrude'  # another publisher on cmd_vel


@dataclass(frozen=True, slots=True, kw_only=True)
class Expectation:
    """What makes a run good; no contact always does.

    Attributes:
        reaction: the same in words, for the table.
        brakes: whether the filter must brake (True), must not (False), or may (None).
        due: how long after the fault braking is due, which is the timeout of the input [s].
        rests: whether the robot must truly stand when the fault ends.
        settles: whether the filter must no longer brake when the fault ends.
        names: texts that must all be heard since the fault, in the state topic, the diagnostics
            or the filter's log.
        flows: whether commands must keep coming all the time.
        answers: whether the first command after the fault must come at once.
        recovers: whether the robot must drive again when the fault is gone.
        collides: whether the robot must collide, which shows that the run could have been bad.
    """

    reaction: str
    brakes: bool | None = None
    due: float = 0.0
    rests: bool = False
    settles: bool = False
    names: tuple[str, ...] = ()
    flows: bool = True
    answers: bool = False
    recovers: bool = True
    collides: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One fault: what is done, for how long, and what is expected.

    Attributes:
        name: for the command line.
        title: for the table.
        expected: what is expected.
        lines: faults of the relay's lines.
        action: what is done beside that.
        duration: how long the fault lasts [s].
        injection_x: it begins when the robot has come this far [m].
        with_peer: run behind a peer instead of towards an obstacle.
        sim_time: whether filter and simulator take their time from /clock.
        filtered: False leaves the filter out.
        parameters: of the filter, beside those of the scene.
    """

    name: str
    title: str
    expected: Expectation
    lines: Mapping[str, LineFault] = field(default_factory=dict)
    action: Action = Action.NOTHING
    duration: float = 2.0
    injection_x: float = INJECTION_X
    with_peer: bool = False
    sim_time: bool = False
    filtered: bool = True
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)
