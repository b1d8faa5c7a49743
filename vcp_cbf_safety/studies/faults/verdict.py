"""Measures a recording against what was expected of it."""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.studies.faults.fault import Expectation, Fault
from vcp_cbf_safety.studies.faults.recording import Recording
from vcp_cbf_safety.studies.faults.scene import CONTROL_FREQUENCY, CRUISE, DECELERATION
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState

_PERIOD = 1.0 / CONTROL_FREQUENCY

# Largest time from a fault's timeout to the first braking command [control periods].
LONGEST_REACTION = 2.0

# A command is slower than the one before only when it differs by this share of what the
# deceleration limit gives in a period; noise in odometry moves it by less.
_SHARE_OF_DECELERATION = 0.5

# Share of the commands of a time that must have come for them to flow.
_FLOW = 0.8

# Largest share of late cycles, which brake, in a run that needs no braking.
_MOST_LATE = 0.1

# The diagnostics come once a second. They tell of what lasts so long, and are in order again after
# so long at the latest [s].
_TOLD = 1.2
_IN_ORDER = 2.2

# Silence that is worth a word [s].
_NOTEWORTHY_SILENCE = 0.1

_LOGGED_WARNING = re.compile(r'\[WARN\] \[([0-9.]+)\] \[.*?\]: (.*)')

_STOPPING = ('braking', 'stopped', 'idle')
_LIMIT_TOLERANCE = 1e-9

# A robot that is slower than this stands; one that is told more is to drive [m/s].
_DRIVING = 0.05


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was measured, and what is wrong with it.

    Attributes:
        reaction_periods: time from the fault's timeout to the first braking command [control
            periods]; negative when it came before the timeout, None when there was none.
        observed: what the filter did, in words.
        contacts: what the robot's body touched.
        worst_clearance: smallest distance of its body to any surface [m].
        late_ticks: control cycles since the fault that came too late after the one before.
        wrong: one sentence for each expectation that was not met.
    """

    reaction_periods: float | None
    observed: str
    contacts: tuple[str, ...]
    worst_clearance: float
    late_ticks: int
    wrong: tuple[str, ...]

    @property
    def good(self) -> bool:
        """Whether everything was as expected."""
        return not self.wrong


def judge(fault: Fault, recording: Recording) -> Verdict:
    """Verdict on one run."""
    braked = first_braking(recording)
    periods = _reaction_periods(fault.expected, recording, braked)
    return Verdict(
        periods,
        _observed(fault.expected, recording, braked),
        tuple(recording.contacts),
        recording.worst_clearance,
        _late_ticks(recording),
        tuple(_wrong(fault.expected, recording, braked, periods)),
    )


def failed(reason: str) -> Verdict:
    """Verdict on a run that could not be carried out."""
    return Verdict(None, '', (), math.nan, 0, (reason,))


def cruising_speed(recording: Recording) -> float:
    """Speed that was commanded just before the fault [m/s]."""
    before = [each.v for each in recording.commands if each.wall <= (recording.injected or 0.0)]
    return median(before[-10:]) if before else 0.0


def first_braking(recording: Recording) -> PublishedCommand | None:
    """First command since the fault that is slower than before it by the deceleration limit.

    The next one must be so too: a cycle that comes late brakes for itself alone.
    """
    step = _SHARE_OF_DECELERATION * DECELERATION * _PERIOD
    limit = cruising_speed(recording) - step
    braking = (
        first for first, then in pairwise(_during(recording)) if max(first.v, then.v) < limit
    )
    return next(braking, None)


def _during(recording: Recording) -> Iterator[PublishedCommand]:
    """Commands between the fault and its end."""
    begin, end = recording.injected, recording.ended
    if begin is not None and end is not None:
        yield from (each for each in recording.commands if begin < each.wall <= end)


def _reaction_periods(
    expected: Expectation, recording: Recording, braked: PublishedCommand | None
) -> float | None:
    """Time to the reaction that is expected [control periods], None when none is or came."""
    if recording.injected is None or recording.ended is None:
        return None
    if expected.answers:
        ended = recording.ended
        after = next((each.wall for each in recording.commands if each.wall > ended), None)
        return None if after is None else (after - ended) / _PERIOD
    if not expected.brakes or braked is None:
        return None
    return (braked.wall - recording.injected - expected.due) / _PERIOD


def _wrong(
    expected: Expectation,
    recording: Recording,
    braked: PublishedCommand | None,
    periods: float | None,
) -> Iterator[str]:
    if recording.injected is None or recording.ended is None:
        yield 'the fault could not be injected'
        return
    if expected.collides != bool(recording.contacts):
        yield f'touched {", ".join(recording.contacts) or "nothing"}'
    if expected.collides:
        return
    if cruising_speed(recording) < 0.8 * CRUISE:
        yield f'the robot was told {cruising_speed(recording):.2f} m/s before the fault'
    yield from _wrong_braking(expected, recording, braked, periods)
    yield from _wrong_commands(expected, recording)
    due = (recording.ended - recording.injected) * CONTROL_FREQUENCY
    if expected.brakes is False and _late_ticks(recording) > _MOST_LATE * due:
        yield f'{_late_ticks(recording)} of {due:.0f} cycles came late'
    for name in expected.names:
        if not _heard(recording, name):
            yield f'nothing names {name}'
    if expected.recovers and not _drives_again(recording):
        yield 'did not drive again after the fault'
    yield from _wrong_diagnostics(expected, recording, braked)


def _wrong_braking(
    expected: Expectation,
    recording: Recording,
    braked: PublishedCommand | None,
    periods: float | None,
) -> Iterator[str]:
    ended = recording.ended or math.nan
    if expected.brakes and braked is None:
        yield 'did not brake'
    if periods is not None and periods > LONGEST_REACTION:
        yield f'reacted after {periods:.1f} periods; {LONGEST_REACTION:g} are allowed'
    if expected.answers and periods is None:
        yield 'sent no command after the fault'
    if expected.brakes is False:
        for state in recording.states:
            if _is_during(recording, state.wall) and _stops(state):
                yield f'is {state.outcome}: {state.reason}'
                break
    last = next((s for s in reversed(recording.states) if s.wall <= ended), None)
    if expected.settles and (last is None or last.outcome in _STOPPING):
        yield f'is still {last.outcome}: {last.reason}' if last else 'says no state'
    if expected.rests:
        speed = next((m.speed for m in reversed(recording.motion) if m.wall <= ended), math.nan)
        if not abs(speed) < _DRIVING:
            yield f'still drove at {speed:.2f} m/s at the end of the fault'


def _wrong_commands(expected: Expectation, recording: Recording) -> Iterator[str]:
    commands = list(_during(recording))
    for each in recording.commands:
        if not abs(each.v) <= CRUISE + _LIMIT_TOLERANCE or not math.isfinite(each.omega):
            yield f'commanded v = {each.v}, omega = {each.omega}'
            break
    if expected.flows and recording.injected is not None and recording.ended is not None:
        wanted = (recording.ended - recording.injected) * CONTROL_FREQUENCY
        if len(commands) < _FLOW * wanted:
            yield f'{len(commands)} commands came where {wanted:.0f} were due'


def _wrong_diagnostics(
    expected: Expectation, recording: Recording, braked: PublishedCommand | None
) -> Iterator[str]:
    ended = recording.ended or math.nan
    if expected.brakes and braked is not None and ended - braked.wall > _TOLD:
        # That nobody drives is no fault, and is told all the same.
        during = [n for n in recording.notices if braked.wall < n.wall <= ended]
        if during and not any(n.level or _names_one(expected, n.message) for n in during):
            yield 'the diagnostics did not tell of it'
    again = next((c.wall for c in recording.commands if c.wall > ended and c.v > _DRIVING), None)
    if expected.recovers and again is not None:
        calm = recording.calm_since(ended)
        if calm is None or calm > again + _IN_ORDER:
            yield 'the diagnostics were not in order again within 2 s'


def _names_one(expected: Expectation, message: str) -> bool:
    return any(name in message for name in expected.names)


def _is_during(recording: Recording, wall: float) -> bool:
    return (recording.injected or math.inf) < wall <= (recording.ended or -math.inf)


def _stops(state: PublishedState) -> bool:
    """Whether the filter stopped the robot, other than for one late cycle, which are counted."""
    return state.outcome in _STOPPING and state.code != ReasonCode.LATE_CYCLE


def _heard(recording: Recording, text: str) -> bool:
    since = recording.injected or math.inf
    said = [f'{s.binding} {s.reason}' for s in recording.states if s.wall > since]
    said += [notice.message for notice in recording.notices if notice.wall > since]
    return any(text in each for each in (*said, recording.logged))


def _drives_again(recording: Recording) -> bool:
    ended = recording.ended or math.inf
    return any(each.wall > ended and abs(each.v) > _DRIVING for each in recording.commands)


def _observed(expected: Expectation, recording: Recording, braked: PublishedCommand | None) -> str:
    """What the filter did after the fault, in words."""
    if expected.collides:
        return 'touched ' + ', '.join(recording.contacts) if recording.contacts else 'nothing'
    said = [_first_unusual_state(recording) or ('slowed down' if braked else 'went on')]
    if silence := _longest_silence(recording):
        said.insert(0, f'silent for {silence:.2f} s')
    warning = _first_warning(recording)
    if warning and warning not in said[-1]:
        said.append(f'warns: {warning}')
    if late := _late_ticks(recording):
        said.append(f'{late} late cycles')
    return '; '.join(said)


def _first_unusual_state(recording: Recording) -> str:
    """First state during the fault that is not business as usual, '' when there was none."""
    states = [each for each in recording.states if _is_during(recording, each.wall)]
    for state in states:
        if _stops(state) or state.outcome == 'relaxed':
            whom = f' for {state.binding}' if state.binding else ''
            return f'{state.outcome}{whom}: {state.reason}'
    bindings = {state.binding: None for state in states if state.binding}
    return 'went on, filtered for ' + ', '.join(bindings) if bindings else ''


def _first_warning(recording: Recording) -> str:
    """First warning during the fault, in the log or else in the diagnostics."""
    for line in recording.logged.splitlines():
        match = _LOGGED_WARNING.match(line)
        if match and _is_during(recording, float(match[1])):
            return match[2]
    during = (each for each in recording.notices if _is_during(recording, each.wall))
    return next((each.message for each in during if each.level), '')


def _longest_silence(recording: Recording) -> float:
    """Longest time without a command since the fault, 0 when it was not noteworthy [s]."""
    since = (recording.injected or math.inf) - _NOTEWORTHY_SILENCE
    walls = [each.wall for each in recording.commands if each.wall > since]
    longest = max((b - a for a, b in pairwise(walls)), default=0.0)
    return longest if longest > _NOTEWORTHY_SILENCE else 0.0


def _late_ticks(recording: Recording) -> int:
    # A filter that was started again counts from zero.
    return max(0, recording.late_ticks - recording.late_before)
