"""How much of a command may go out beside what moves by itself; for one robot, or for many."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.checks.body_foresight import ways_of_discs
from vcp_cbf_safety.checks.foresight import DynamicObstacles, behind, depths
from vcp_cbf_safety.checks.scale_search import COARSE
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import changes_in
from vcp_cbf_safety.motion.response import stop_motion
from vcp_cbf_safety.motion.stop_pieces import pieces_of_all, times_until_standing
from vcp_cbf_safety.motion.stopping_trajectory import stopping_trajectories
from vcp_cbf_safety.motion.unicycle import STANDING

Vector = NDArray[np.float64]
Flags = NDArray[np.bool_]
Indices = NDArray[np.int64]

# Between the first of the coarse parts that passes and the one before it a better one is found, so
# finely.
_COARSE = np.array(COARSE)
_FINER = np.arange(7.0, 0.0, -1.0) / 8.0

# For up to so many robots one pass for both looks takes less time than one for each.
_FEW = 4

# Why a scale is no larger, where it is not an obstacle.
FREE, RAMP = -1, -2


class Allowed(NamedTuple):
    """How much of B commands may go out.

    Attributes:
        scales: (B,) of speed and yaw rate, 0 to 1.
        reasons: (B,) the obstacle that a larger scale would meet, FREE at scale 1, or RAMP where
            the robot speeds up no faster than its base after a command that was cut.
    """

    scales: Vector
    reasons: Indices


def gentle_scales(config: FilterConfig, window: float, speeds: Any, last: Any) -> tuple[Any, Any]:
    """Least and largest scales of commands that change the speed gently: numbers or arrays.

    Args:
        config: accelerations of the base.
        window: time in which a command may change by what the base reaches [s].
        speeds: that are told, not zero [m/s].
        last: that were told last [m/s].
    """
    size, told = abs(speeds), np.maximum(np.sign(speeds) * last, 0.0)
    reached = changes_in(config, window)
    high = np.minimum((told + reached.up) / size, 1.0)
    low = np.maximum(told - reached.down, 0.0) / size
    return np.minimum(low, high), high


def largest_gentle(config: FilterConfig, window: float, speed: float, last: float) -> float:
    """The first scale that `LookAhead` tries after a command that was cut; see above."""
    low, high = gentle_scales(config, window, speed, last)
    return float(low + (high - low))


class LookAhead:
    """Commands of B robots, and M obstacles that move by themselves.

    Args:
        config: the filter's parameters.
        window: time in which a command may change by what the base reaches [s].
        commands: (B, 2) to look at [m/s, rad/s].
        nominal: (B, 2) what the robots were asked to do.
        last: (B, 2) the last commands.
        before: (B,) how much of them was let out.
        states: (B, s, 5) in which the robots may be when the commands take effect, the expected
            ones first.
        limits: (B, s, 2) of bases that get there; see `stop_motion`.
        owner: (M,) whose obstacles these are, in rising order; every robot has one, or nobody has.
        obstacles: of all robots.
        seen_from: (M,) the disc of the body that each is looked at from, where there is one robot
            and its body is not round.
    """

    def __init__(
        self,
        config: FilterConfig,
        window: float,
        commands: Vector,
        nominal: Vector,
        last: Vector,
        before: Vector,
        states: Vector,
        limits: Vector,
        owner: Indices,
        obstacles: DynamicObstacles,
        seen_from: Indices | None = None,
    ) -> None:
        self._config, self._window = config, window
        self._commands, self._nominal, self._last, self._before = commands, nominal, last, before
        self._states, self._limits = states, limits
        self._owner, self._obstacles, self._seen_from = owner, obstacles, seen_from
        # So many pieces that they are short enough for every robot and every scale.
        fastest, turn = (
            max(float(abs(states[:, :, 3 + k]).max()), float(abs(commands[:, k]).max()))
            for k in (0, 1)
        )
        self._pieces = pieces_of_all(config, fastest, turn)

    def allowed(self) -> Allowed:
        """Largest scales, of those that are tried, that pass two looks (docs/theory.md, eq. 20).

        The first look lets the speed change gently: the command is told for longer there, and
        what is behind the robot has no part. The second one is the last word: a scale that passes
        it is one after which the robot can stop before anything can come in its way.
        """
        scales, reasons, sure = self._gentle()
        unsure = np.flatnonzero(~sure & (scales > 0.0))
        if len(unsure):
            most = scales[unsure]
            found, why, _ = self._largest(unsure, np.zeros(len(unsure)), most, hasty=False)
            lower = found < most
            scales[unsure] = found
            reasons[unsure[lower]] = why[lower]
        return Allowed(scales, reasons)

    def safe(self, scales: Vector) -> Flags:
        """Which scales (G,) of the first robot's command pass the second look."""
        first, look = np.zeros(1, int), np.zeros(len(scales), bool)
        passed: Flags = self._met(first, scales[None], look).depths[0] >= 0.0
        return passed

    def _largest(
        self, which: Indices, low: Vector, high: Vector, *, hasty: bool
    ) -> tuple[Vector, Indices, Flags]:
        """Largest scales that pass a look, and what the next larger one that was tried would meet.

        Args:
            which: (E,) robots, in rising order.
            low: (E,) what is taken where no larger scale passes.
            high: (E,) the largest to try.
            hasty: whether it is the first look or the second.

        Returns:
            The scales (E,), what a larger one would meet, and which are known to pass the second
            look.
        """
        tried = low[:, None] + (high - low)[:, None] * _COARSE
        found, why, sure, step = self._first(which, tried, hasty)
        good = np.where(step < len(_COARSE), found, low)
        finer = np.flatnonzero(step > 0)
        if len(finer):
            bad = tried[finer, step[finer] - 1]
            between = good[finer, None] + (bad - good[finer])[:, None] * _FINER
            better, reason, passed, step = self._first(which[finer], between, hasty)
            some = step < len(_FINER)
            good[finer] = np.where(some, better, good[finer])
            sure[finer] = np.where(some, passed, sure[finer])
            why[finer] = np.where(reason == FREE, why[finer], reason)
        return good, why, sure

    def _gentle(self) -> tuple[Vector, Indices, Flags]:
        """Largest scales that change the speed gently, and why they are no larger.

        Not larger either than what it takes to drive as fast as asked, where a robot flees from
        something at a speed from which it must brake hard in the end.

        Returns:
            The scales (B,), the reasons, and which are known to pass the second look.
        """
        config, v = self._config, self._commands[:, 0]
        scales, reasons = np.ones(len(v)), np.full(len(v), FREE)
        sure, ramps = np.zeros(len(v), bool), np.full(len(v), RAMP)
        slowed = self._before < 1.0
        whole = np.flatnonzero(~slowed)
        if len(whole):
            looks = np.array((False, True))
            met = self._met(whole, np.ones((len(whole), 2)), looks)
            sure[whole] = met.depths[:, 0] >= 0.0
            slowed[whole] = met.depths[:, 1] < 0.0
            ramps[whole] = met.culprits[:, 1]
        which = np.flatnonzero(slowed & (v != 0.0))
        if len(which):
            low, high = gentle_scales(config, self._window, v[which], self._last[which, 0])
            scales[which], why, sure[which] = self._largest(which, low, high, hasty=True)
            why = np.where(why == FREE, ramps[which], why)
            reasons[which] = np.where(scales[which] < 1.0, why, FREE)
        wish = self._nominal[:, 0] * np.sign(v)
        fast = np.flatnonzero((wish > STANDING.v) & (wish < scales * abs(v)))
        if len(fast):
            met = self._met(fast, scales[fast, None], np.ones(1, bool), with_behind=True)
            fled = met.depths[:, 0] < 0.0
            which = fast[fled]
            scales[which] = wish[which] / abs(v[which])
            reasons[which], sure[which] = met.culprits[fled, 0], False
        return scales, reasons, sure

    def _first(
        self, which: Indices, tried: Vector, hasty: bool
    ) -> tuple[Vector, Indices, Flags, Indices]:
        """The first of some falling scales (E, G) that passes, 0 where none does.

        Returns:
            The scales (E,), what the one before would meet, FREE where it is the first, which
            scales are known to pass the second look, and which one it is, G where none passes.
        """
        last = tried.shape[1]
        looks = np.zeros(last, bool)
        both = hasty and len(which) <= _FEW
        if both:  # what passes the first look goes through the second one
            tried, looks = np.tile(tried, 2), np.repeat((True, False), last)
        elif hasty:
            looks = ~looks
        met = self._met(which, tried, looks)
        passed = met.depths >= 0.0
        first, rows = passed[:, :last], np.arange(len(which))
        step = np.where(first.any(axis=1), first.argmax(axis=1), last)
        this = np.minimum(step, last - 1)
        found = np.where(step < last, tried[rows, this], 0.0)
        why = np.where(step > 0, met.culprits[rows, np.maximum(step - 1, 0)], FREE)
        sure = passed[rows, this - last] & (step < last) & (both or not hasty)
        return found, why, sure, step

    def _met(
        self, which: Indices, scales: Vector, hasty: Flags, with_behind: bool = False
    ) -> '_Met':
        """What some robots would meet at scales (E, G) of their commands.

        Args:
            which: (E,) robots, in rising order.
            scales: of their commands.
            hasty: (G,) which of these are told for longer, to the expected states.
            with_behind: whether what is behind is looked at where they are.
        """
        config, (count, looks) = self._config, scales.shape
        if not len(self._owner):
            return _Met(np.zeros(scales.shape), np.full(scales.shape, FREE))
        looked = np.ones((looks, self._states.shape[1]), bool)
        looked[hasty, 1:] = False
        look, start = looked.nonzero()
        early, each = hasty[look], len(look)
        states = self._states[which][:, start].reshape(-1, 5)
        limits = self._limits[which][:, start].reshape(-1, 2)
        commands = (scales[:, look, None] * self._commands[which, None]).reshape(-1, 2)
        longer = np.where(early, config.velocity_lag, 0.0)
        stops = config.hold_time + np.tile(longer, count)
        times = times_until_standing(config, states, limits, commands, stops, self._pieces)
        motion = stop_motion(config, states, limits, commands, stops, times)
        ways = stopping_trajectories(states, motion)
        pairs, owner = self._pairs(which)
        robots = owner
        if self._seen_from is not None:
            ways = ways_of_discs(config.discs, ways, states, motion)
            robots = self._seen_from[pairs]
        robots = (robots[:, None] * each + np.arange(each)).ravel()
        hazards = np.repeat(pairs, each)
        found = depths(self._obstacles, ways, (hazards, robots))
        if not found.any():
            return _Met(np.zeros(scales.shape), np.full(scales.shape, FREE))
        if not with_behind:
            met = np.flatnonzero((found < 0.0) & np.tile(early, len(pairs)))
            back = behind(self._obstacles.of(hazards[met]), ways.of(robots[met]))
            found[met[back]] = 0.0
        begin = np.flatnonzero(start == 0)
        deepest = np.minimum.reduceat(found.reshape(len(pairs), each), begin, axis=1)
        first = np.searchsorted(owner, np.arange(count))
        worst = np.minimum.reduceat(deepest, first, axis=0)
        pair, look = np.nonzero(deepest <= worst[owner])
        culprits = np.empty(scales.shape, np.int64)
        culprits[owner[pair], look] = pairs[pair]
        return _Met(worst, culprits)

    def _pairs(self, which: Indices) -> tuple[Indices, Indices]:
        """Obstacles of some robots, and to which of these they belong."""
        if len(which) == len(self._commands):
            return np.arange(len(self._owner)), self._owner
        place = np.full(len(self._commands), -1)
        place[which] = np.arange(len(which))
        owner = place[self._owner]
        pairs = np.flatnonzero(owner >= 0)
        return pairs, owner[pairs]


class _Met(NamedTuple):
    """What is driven into, (E, G): how deep at most, and which obstacle where that is below 0."""

    depths: Vector
    culprits: Indices
