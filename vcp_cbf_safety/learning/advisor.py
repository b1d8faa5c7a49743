"""A trained BarrierNet as the advisor of one robot's filter, in plain numpy.

For one robot the network is so small that calls cost more than arithmetic, and numpy makes
fewer than torch. The observation is that of
`observation.observe` and the answer that of `BarrierNet.forward`; tests hold them together.
"""

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.hazards.hazards import dot
from vcp_cbf_safety.hazards.scene import Scene
from vcp_cbf_safety.learning.arguments import check_body
from vcp_cbf_safety.learning.barriernet import FAR, BarrierNet
from vcp_cbf_safety.learning.observation import HAZARD_FEATURES, WALL_RADIUS
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.qp.assembly import total_inflation

Table = NDArray[np.float64]

# Of as many walls as a scene has.
_WALL_RADII = np.full(4, WALL_RADIUS)


class _Layer(NamedTuple):
    """A linear layer: x @ weights + bias."""

    weights: Table
    bias: Table


class NetworkAdvisor:
    """Advice of a BarrierNet to one robot.

    Args:
        model: from `model_file.load_model`; it is copied.
        config: parameters of the robot's filter.

    Raises:
        ConfigurationError: if the robot's body is not round; it is trained for one that is.
    """

    def __init__(self, model: BarrierNet, config: FilterConfig) -> None:
        check_body(config)
        self._said = said = model.config
        self._inflation = total_inflation(config)
        self._limits = (config.max_speed, config.min_speed, config.max_yaw_rate)
        self._most = (
            said.speed_correction * config.max_speed,
            said.yaw_rate_correction * config.max_yaw_rate,
        )
        self._take(model)

    def advise(self, nominal: Twist2D, robot: RobotState, scene: Scene) -> Twist2D:
        """Correction of one cycle, see `advice.Advisor`; whatever it is given, it is finite."""
        own, seen = _own_numbers(nominal, robot, self._limits), self._seen(robot, scene)
        v, omega = self._shares(seen, own)
        if not math.isfinite(v + omega):
            v, omega = self._shares(seen[np.isfinite(seen).all(1)], own)
        return Twist2D(v * self._most[0], omega * self._most[1])

    def _take(self, model: BarrierNet) -> None:
        """Copy the layers; double numbers, so that finite weights never overflow."""
        state = {name: value.double().numpy() for name, value in model.state_dict().items()}

        def layer(name: str) -> _Layer:
            weights = np.ascontiguousarray(state[f'{name}.weight'].T)
            return _Layer(weights, state[f'{name}.bias'].copy())

        first = layer('backbone.hazard.0')
        columns = len(HAZARD_FEATURES) + 1
        # The part of the robot's own numbers is the same for every hazard.
        self._first_of_hazard = first.weights[:columns].copy()
        self._first_of_own = _Layer(first.weights[columns:].copy(), first.bias)
        self._second = layer('backbone.hazard.2')
        self._third, self._fourth = layer('backbone.whole.0'), layer('backbone.whole.2')
        self._head = layer('head')

    def _seen(self, robot: RobotState, scene: Scene) -> Table:
        """What the network is told of the nearest hazards, (k, F + 1), k at most `nearest`."""
        barriers = scene.barriers(np.array(((robot.x, robot.y),)), self._inflation)
        free = barriers.h[0]
        nearest = free.argsort()[: self._said.nearest]
        toward = -barriers.normals[0].take(nearest, 0)
        velocity = scene.velocities.take(nearest, 0)
        radii = np.concatenate((scene.radii, _WALL_RADII[: len(scene.wall_offsets)]))
        cosine, sine = math.cos(robot.heading), math.sin(robot.heading)
        ahead = toward @ np.array(((cosine, -sine), (sine, cosine)))
        distance = np.minimum(np.maximum(free.take(nearest), -1.0), FAR)
        seen = np.empty((len(nearest), len(HAZARD_FEATURES) + 1))
        seen[:, 0] = distance / FAR
        seen[:, 1] = np.minimum(np.exp(-2.0 * distance), 2.0)
        seen[:, 2] = ahead[:, 1]
        seen[:, 3] = ahead[:, 0]
        seen[:, 4] = robot.speed * ahead[:, 0] - dot(toward, velocity)
        seen[:, 5] = toward[:, 0] * velocity[:, 1] - toward[:, 1] * velocity[:, 0]
        seen[:, 6] = radii.take(nearest)
        seen[:, 7] = scene.moving.take(nearest)
        rest = seen[:, 4:]
        np.minimum(np.maximum(rest, -2.0, out=rest), 2.0, out=rest)
        return seen

    def _shares(self, seen: Table, own: Table) -> list[float]:
        """What the network says, as shares of the intervals of v and omega."""
        around = own @ self._first_of_own.weights + self._first_of_own.bias
        each = _relu(seen @ self._first_of_hazard + around)
        each = _relu(each @ self._second.weights + self._second.bias)
        largest = each.max(0, initial=0.0)  # no number is negative here
        mean = each.sum(0) / max(len(each), 1)
        whole = np.concatenate((largest, mean, own))
        whole = _relu(whole @ self._third.weights + self._third.bias)
        whole = _relu(whole @ self._fourth.weights + self._fourth.bias)
        shares: list[float] = np.tanh(whole @ self._head.weights + self._head.bias).tolist()
        return shares


def _own_numbers(nominal: Twist2D, robot: RobotState, limits: tuple[float, float, float]) -> Table:
    """What the network is told of the robot itself."""
    speed, yaw_rate, fastest, slowest, turn = (
        _clamped(number, 10.0) for number in (robot.speed, robot.yaw_rate, *limits)
    )
    v, omega = _clamped(nominal.v, 10.0), _clamped(nominal.omega, 10.0)
    shares = (speed / fastest, yaw_rate / turn, v / fastest, omega / turn)
    return np.array(
        (speed, yaw_rate, fastest, slowest, turn, *(_clamped(share, 2.0) for share in shares))
    )


def _clamped(number: float, most: float) -> float:
    """The number, at most so far from zero; zero for one that is not finite."""
    return min(max(number, -most), most) if math.isfinite(number) else 0.0


def _relu(x: Table) -> Table:
    return np.maximum(x, 0.0, out=x)
