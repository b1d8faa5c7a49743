"""What others put between a driver and its base: nothing, stop zones, VCP rows, a central one."""

import time
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.command import Outcome, SafeCommand, StepTiming
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import Hazards
from vcp_cbf_safety.motion.braking import stopping_distance
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.safety_filter import SafetyFilter
from vcp_cbf_safety.studies.campaign.ablation import Feature, filter_without

Array = NDArray[np.float64]

# What a collision monitor leaves of a command in its slow zone.
_SLOW = 0.4


class Rival(Protocol):
    """Whatever answers as a safety filter does."""

    def step(
        self,
        nominal: Twist2D,
        robot: RobotState,
        hazards: Hazards,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> SafeCommand:
        """A command for the base; arguments as those of `SafetyFilter.step`."""


class NoFilter:
    """Passes every command on."""

    def step(
        self,
        nominal: Twist2D,
        robot: RobotState,
        hazards: Hazards,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> SafeCommand:
        """The nominal command."""
        return SafeCommand(nominal.v, nominal.omega, Outcome.NOMINAL)


class StopZone:
    """Stands while anything is inside a circle, slows while inside a larger one.

    That is what the usual collision monitor does, as long as a command comes. The circles are as
    small as they can be: from the reduced speed the robot still stops with its margin, and from
    full speed it is at the reduced one when the stop circle is reached. They
    know nothing of what comes towards the robot.

    Args:
        config: of the robot.
    """

    def __init__(self, config: FilterConfig) -> None:
        self._config = config
        full, slow = config.top_speed, _SLOW * config.top_speed
        kept = config.body_radius + config.margin + config.position_uncertainty
        self._stop = kept + stopping_distance(config, slow)
        self._slow = self._stop + stopping_distance(config, full) - stopping_distance(config, slow)

    def step(
        self,
        nominal: Twist2D,
        robot: RobotState,
        hazards: Hazards,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> SafeCommand:
        """The nominal command, a part of it, or none."""
        begin = time.perf_counter()
        away = _nearest(robot, hazards)
        part = 0.0 if away < self._stop else _SLOW if away < self._slow else 1.0
        taken = StepTiming(total=time.perf_counter() - begin)
        outcome = Outcome.NOMINAL if part == 1.0 else Outcome.FILTERED
        return SafeCommand(part * nominal.v, part * nominal.omega, outcome, timing=taken)


def _nearest(robot: RobotState, hazards: Hazards) -> float:
    """Distance from the axle centre to the nearest wall, circle or peer [m]."""
    discs = [(c.x, c.y, c.radius) for c in hazards.circles]
    discs += [(p.x, p.y, p.radius) for p in hazards.peers]
    found = [np.hypot(x - robot.x, y - robot.y) - radius for x, y, radius in discs]
    if hazards.arena is not None:
        box = hazards.arena
        found += [robot.x - box.x_min, box.x_max - robot.x, robot.y - box.y_min]
        found.append(box.y_max - robot.y)
    return float(min(found, default=np.inf))


def vcp_only(config: FilterConfig) -> SafetyFilter:
    """Rows at the virtual control point alone, and the clamped nominal where they contradict.

    No braking law, no prediction, no roll-out: what is left is the usual control barrier function
    of textbooks.
    """
    return filter_without(config, frozenset(Feature))


class CentralCertificate:
    """The Robotarium's certificate: one program for all robots, solved once a period.

    Everybody hands in pose and nominal command; the last one starts the program, so the others
    have an answer that is one period old. It knows neither walls nor obstacles, and only robots
    of at most 0.2 m/s.

    Args:
        configs: of all robots, which are alike.
    """

    def __init__(self, config: FilterConfig, count: int) -> None:
        from rps.utilities.barrier_certificates import create_unicycle_barrier_certificate

        self._solve: Callable[[Array, Array], Array] = create_unicycle_barrier_certificate(
            safety_radius=max(2.0 * config.body_radius + config.margin, 0.12),
            magnitude_limit=min(config.max_speed, 0.2),
        )
        self._config = config
        self.poses, self.wanted = np.zeros((3, count)), np.zeros((2, count))
        self.answer = np.zeros((2, count))

    def of(self, index: int) -> 'CentralShare':
        """The part of one robot."""
        return CentralShare(self, index)

    def solve(self) -> None:
        """Answer what has been handed in."""
        self.answer = np.asarray(self._solve(self.wanted.copy(), self.poses.copy()))


class CentralShare:
    """What one robot hands in, and its answer."""

    def __init__(self, central: CentralCertificate, index: int) -> None:
        self._central, self._index = central, index

    def step(
        self,
        nominal: Twist2D,
        robot: RobotState,
        hazards: Hazards,
        elapsed: float,
        goal: tuple[float, float] | None,
    ) -> SafeCommand:
        """The robot's column; the last robot's step takes the time of the whole program."""
        begin = time.perf_counter()
        central, index = self._central, self._index
        central.poses[:, index] = robot.x, robot.y, robot.heading
        central.wanted[:, index] = nominal.v, nominal.omega
        if index == central.poses.shape[1] - 1:
            central.solve()
        v, omega = central.answer[:, index].tolist()
        same = np.allclose((v, omega), (nominal.v, nominal.omega), atol=1e-3)
        taken = StepTiming(total=time.perf_counter() - begin)
        outcome = Outcome.NOMINAL if same else Outcome.FILTERED
        return SafeCommand(v, omega, outcome, timing=taken)
