"""The filter's parameters: each declared once with default, range, unit and meaning."""

import dataclasses
import math
from dataclasses import dataclass
from typing import Any, NamedTuple

from vcp_cbf_safety.body.disc import BodyDisc, checked_discs, containing_radius
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.motion.unicycle import Twist2D

# Largest product of body gain and velocity time constant without overshoot of h = 0: a first-order
# loop behind an integrator, h'' + h' / lag + gain h / lag = 0, is critically damped there.
_MAX_GAIN_TIMES_LAG = 0.25


class Quantity(NamedTuple):
    """What a numeric parameter means and which values are legal (both ends included)."""

    description: str
    unit: str
    low: float
    high: float


def _quantity(
    description: str, unit: str, low: float, high: float, default: Any = dataclasses.MISSING
) -> Any:
    return dataclasses.field(
        default=default, metadata={'quantity': Quantity(description, unit, low, high)}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterConfig:
    """How the robot is built and how careful the filter is.

    Every numeric field carries a `Quantity` (description, unit, range) in its metadata;
    `quantities()` lists them. The ROS parameters of the node have the same names. `body_discs`
    cover a long body: x, y and radius of each [m], in the frame of the base, whose origin is the
    axle centre. Without them the body is one disc of `body_radius` around the axle centre.

    Raises:
        ConfigurationError: if a value is not a finite number in its range, or two values
            contradict each other; the message names the parameter, its value and the rule.
    """

    # The robot.
    body_radius: float = _quantity(
        'Radius of the smallest disc around the axle centre that covers the whole body; of no '
        'account where a footprint or body_discs say what it is',
        'm', 0.01, 5.0,
    )  # fmt: skip
    vcp_offset: float = _quantity(
        'Distance of the virtual control point ahead of the axle', 'm', 0.005, 2.0
    )
    period: float = _quantity('Control period', 's', 0.001, 1.0)
    min_speed: float = _quantity(
        'Lowest linear speed, negative when the robot may reverse', 'm/s', -10.0, 0.0
    )
    max_speed: float = _quantity('Highest linear speed', 'm/s', 0.001, 10.0)
    max_yaw_rate: float = _quantity('Highest yaw rate to either side', 'rad/s', 0.001, 20.0)
    max_acceleration: float = _quantity(
        'Linear acceleration that the base reaches', 'm/s^2', 0.01, 50.0, 1.0
    )
    max_deceleration: float = _quantity(
        'Linear deceleration that the base reaches when it brakes', 'm/s^2', 0.01, 50.0, 1.0
    )
    max_yaw_acceleration: float = _quantity(
        'Yaw acceleration that the base reaches', 'rad/s^2', 0.01, 200.0, 6.0
    )
    actuation_delay: float = _quantity(
        'Dead time from publishing a command to the base starting to follow it',
        's', 0.0, 1.0, 0.05,
    )  # fmt: skip
    velocity_lag: float = _quantity(
        "Time constant of the base's first-order velocity response", 's', 0.0, 1.0, 0.1
    )

    # How careful the filter is.
    steering_gain: float = _quantity(
        'Class-K gain of the steering rows; small values turn away early', '1/s', 0.01, 50.0, 1.0
    )
    body_gain: float = _quantity(
        'Class-K gain of the body rows; large values let the body come close before it brakes',
        '1/s', 0.01, 500.0, 2.5,
    )  # fmt: skip
    speed_weight: float = _quantity(
        'Cost of changing the linear speed; only its ratio to yaw_rate_weight matters',
        's^2/m^2', 1e-3, 1e6, 150.0,
    )  # fmt: skip
    yaw_rate_weight: float = _quantity(
        'Cost of changing the yaw rate', 's^2/rad^2', 1e-3, 1e6, 1.0
    )
    margin: float = _quantity(
        'Distance to keep from everything, on top of what the filter adds by itself for sampled '
        'time and uncertain positions', 'm', 0.0, 2.0, 0.05,
    )  # fmt: skip
    position_uncertainty: float = _quantity(
        'Largest error of a measured distance between the robot and a hazard; a marker that stays '
        'within twice this, and 1 mm, of its place stands still',
        'm', 0.0, 1.0, 0.01,
    )  # fmt: skip
    period_jitter: float = _quantity(
        'How much later than one period a cycle may come', 's', 0.0, 1.0, 0.01
    )
    peer_max_acceleration: float = _quantity(
        'Largest acceleration of a peer along its heading, or of a moving circle in any direction',
        'm/s^2', 0.0, 50.0, 1.0,
    )  # fmt: skip
    peer_max_yaw_rate: float = _quantity(
        'Highest yaw rate of a peer; enter the largest for one that can move sideways',
        'rad/s', 0.0, 20.0, 3.0,
    )  # fmt: skip
    contact_speed: float = _quantity(
        'Speed with which the robot may itself close in when something that moves by itself does '
        'its worst and they touch', 'm/s', 0.01, 0.5, 0.02,
    )  # fmt: skip
    peer_max_speed: float = _quantity(
        'Highest speed of a peer or a moving circle; it bounds what they can do while the robot '
        'stops, and where one may be that is not heard of', 'm/s', 0.0, 10.0, 1.0,
    )  # fmt: skip
    peer_min_deceleration: float = _quantity(
        'Deceleration that peers which share the work reach when they brake, at least',
        'm/s^2', 0.01, 50.0, 0.5,
    )  # fmt: skip
    resolve_deadlock: bool = True
    body_discs: tuple[BodyDisc, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, 'body_discs', checked_discs(self.body_discs))
        for name, quantity in self.quantities().items():
            check_quantity(name, getattr(self, name), quantity)
        if not isinstance(self.resolve_deadlock, bool):
            raise ConfigurationError(
                f'resolve_deadlock is {self.resolve_deadlock!r}; it must be true or false'
            )
        for name in ('steering_gain', 'body_gain'):
            gain = getattr(self, name)
            if gain * self.hold_time > 1.0:
                raise ConfigurationError(
                    f'{name} is {gain} 1/s while a command holds for up to {self.hold_time:g} s '
                    '(period + period_jitter); their product must not exceed 1, so at most '
                    f'{1.0 / self.hold_time:g} 1/s'
                )
        if self.body_gain * self.velocity_lag > _MAX_GAIN_TIMES_LAG * (1.0 + 1e-9):
            raise ConfigurationError(
                f'body_gain is {self.body_gain} 1/s with a velocity_lag of {self.velocity_lag} s; '
                f'their product must not exceed {_MAX_GAIN_TIMES_LAG}, so at most '
                f'{_MAX_GAIN_TIMES_LAG / self.velocity_lag:g} 1/s'
            )

    @property
    def hold_time(self) -> float:
        """Longest time a command stays in force before the next one replaces it [s]."""
        return self.period + self.period_jitter

    @property
    def top_speed(self) -> float:
        """Highest speed in either direction [m/s]."""
        return max(self.max_speed, -self.min_speed)

    @property
    def discs(self) -> tuple[BodyDisc, ...]:
        """The discs that cover the body."""
        return self.body_discs or (BodyDisc(0.0, 0.0, self.body_radius),)

    @property
    def is_round(self) -> bool:
        """Whether the body is one disc around the axle centre, which no turn moves."""
        return not self.body_discs or (
            len(self.body_discs) == 1 and self.body_discs[0].distance == 0.0
        )

    @property
    def outer_radius(self) -> float:
        """Radius of the disc around the axle centre that contains the whole body [m]."""
        return containing_radius(self.discs)

    def within_limits(self, command: Twist2D) -> Twist2D:
        """What the base does of a command: each component at its limit if it is beyond."""
        turn = self.max_yaw_rate
        return Twist2D(
            min(max(command.v, self.min_speed), self.max_speed),
            min(max(command.omega, -turn), turn),
        )

    @classmethod
    def quantities(cls) -> dict[str, Quantity]:
        """Description, unit and range of every numeric parameter, by name."""
        return {
            f.name: f.metadata['quantity']
            for f in dataclasses.fields(cls)
            if 'quantity' in f.metadata
        }

    @classmethod
    def defaults(cls) -> dict[str, float]:
        """Default of every numeric parameter that has one, by name."""
        return {
            f.name: f.default
            for f in dataclasses.fields(cls)
            if 'quantity' in f.metadata and f.default is not dataclasses.MISSING
        }


def check_quantity(name: str, value: float, quantity: Quantity) -> None:
    """Raise ConfigurationError unless value is a finite number inside the quantity's range."""
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ConfigurationError(f'{name} is {value!r}; it must be a finite number')
    if not quantity.low <= value <= quantity.high:
        raise ConfigurationError(
            f'{name} is {value} {quantity.unit}; it must be between {quantity.low:g} and '
            f'{quantity.high:g} {quantity.unit}'
        )
