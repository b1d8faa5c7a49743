"""A filter with features of its guarantee taken away, to see what each is worth."""

from enum import Enum

import numpy as np

from vcp_cbf_safety.assembly import Assembly, Rules, assemble, kept_of, rules_of
from vcp_cbf_safety.command import Outcome, SafeCommand
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards import Hazards
from vcp_cbf_safety.prediction import Prediction, unpredicted
from vcp_cbf_safety.program import Solution
from vcp_cbf_safety.rollout import Checked, safe_scale
from vcp_cbf_safety.safety_filter import SafetyFilter
from vcp_cbf_safety.scene_rows import Kept
from vcp_cbf_safety.surroundings import surroundings_of
from vcp_cbf_safety.unicycle import RobotState, Twist2D

# A right-hand side that no command inside any speed limit reaches [m/s].
_NEVER_BINDING = 1e3


class Feature(str, Enum):
    """A part of the filter that exists to prevent collisions."""

    BODY_ROWS = 'body_rows'  # rows at the axle centre; without: steering rows alone
    SAMPLED_TIME = (
        'sampled_time'  # bend margin, hold time in the braking law, roll-out to the stop
    )
    BRAKING_LAW = 'braking_law'  # approach speed that deceleration can stop
    PREDICTION = 'prediction'  # state and hazards at the time the command acts
    REVERSING_OFFSET = 'reversing_offset'  # control point behind the axle when reversing
    FORESIGHT = 'foresight'  # what moves by itself may turn and speed up while the robot stops
    SAFE_FALLBACK = 'safe_fallback'  # without: the clamped nominal when the program is infeasible


# The roll-out would hide that one of these is missing.
_CHECKED_BY_ROLL_OUT = frozenset({Feature.SAMPLED_TIME, Feature.BODY_ROWS, Feature.BRAKING_LAW})


def filter_without(config: FilterConfig, ablated: frozenset[Feature]) -> SafetyFilter:
    """A safety filter without some of its features; the filter itself when there are none."""
    return AblatedFilter(config, ablated) if ablated else SafetyFilter(config)


class AblatedFilter(SafetyFilter):
    """A filter that is not safe.

    Args:
        config: the filter's parameters.
        ablated: features to take away.
    """

    def __init__(self, config: FilterConfig, ablated: frozenset[Feature]) -> None:
        super().__init__(config)
        self._ablated = ablated

    def _predict(self, robot: RobotState, hazards: Hazards) -> Prediction:
        if Feature.PREDICTION in self._ablated:
            return unpredicted(robot, hazards)
        return super()._predict(robot, hazards)

    def _assemble(self, nominal: Twist2D, prediction: Prediction) -> Assembly:
        rules, last = rules_without(self._config, self._ablated), self._history.newest
        assembly = assemble(self._config, rules, nominal, prediction, last, self._window)
        if Feature.BODY_ROWS in self._ablated:
            program, count = assembly.program, len(assembly.names)
            program.h[count:] = program.hard[count:] = _NEVER_BINDING
        return assembly

    def _look(self, assembly: Assembly, solution: Solution, prediction: Prediction) -> Checked:
        if not self._ablated.isdisjoint(_CHECKED_BY_ROLL_OUT):
            return Checked(1.0)
        if Feature.FORESIGHT not in self._ablated:
            return super()._look(assembly, solution, prediction)
        command = Twist2D(*solution.u.tolist())
        around = surroundings_of(self._config, prediction, assembly, command)
        return safe_scale(
            self._config,
            command,
            prediction.starts,
            around._replace(dynamic_obstacles=None),
            Twist2D(*assembly.program.u_nom.tolist()),
            self._history.newest,
            Checked(1.0),
            self._window,
        )

    def _let_out(
        self, assembly: Assembly, solution: Solution, checked: Checked, robot: RobotState
    ) -> SafeCommand:
        if Feature.SAFE_FALLBACK in self._ablated and not solution.keeps_all_rows:
            program = assembly.program
            v, omega = np.clip(program.u_nom, program.lower, program.upper).tolist()
            return SafeCommand(v, omega, Outcome.RELAXED, assembly.nearest, assembly.min_barrier)
        return super()._let_out(assembly, solution, checked, robot)


def rules_without(config: FilterConfig, ablated: frozenset[Feature]) -> Rules:
    """What rows keep without some features."""
    rules = rules_of(config)
    if Feature.REVERSING_OFFSET in ablated:
        rules = rules._replace(offset=lambda _: config.vcp_offset)
    if Feature.SAMPLED_TIME in ablated:
        margins = config.margin + config.position_uncertainty
        bare = tuple(disc._replace(radius=disc.radius + margins) for disc in config.discs)
        rules = rules._replace(kept=kept_of(config, bare))
        rules = _changed(rules, reaction_time=config.velocity_lag)
    if Feature.BRAKING_LAW in ablated:
        rules = _changed(rules, deceleration=None)
    return rules


def _changed(rules: Rules, **changes: float | None) -> Rules:
    def with_changes(kept: Kept) -> Kept:
        first, second = (care._replace(**changes) for care in kept.cares)
        return kept._replace(care=kept.care._replace(**changes), cares=(first, second))

    whole = None if rules.whole is None else with_changes(rules.whole)
    return rules._replace(kept=with_changes(rules.kept), whole=whole)
