"""What a robot is made of, read from config/physics/*.yaml."""

import dataclasses
import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import yaml

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.sim.lidar import Lidar

Numbers = tuple[float, ...]

# Fields that may be zero or negative; every other number must be positive.
_ANY_SIGN = {'min_speed', 'chassis_center', 'casters', 'footprint', 'scan_mount'}
_MAY_BE_ZERO = {
    'body_radius', 'yaw_acceleration', 'motor_lag', 'dead_time', 'wheel_radius_error',
    'position_noise', 'heading_noise', 'odometry_delay', 'scan_noise',
}  # fmt: skip
_LENGTHS = {'chassis_center': 3, 'chassis_inertia': 3, 'scan_mount': 3, 'scan_range': 2}
_CORNERS = {'footprint': 3, 'casters': 1}


class PhysicsModelError(VcpCbfError, ValueError):
    """A model of a robot is illegal; the message names the file, the field and the rule."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PhysicsModel:
    """A robot with two driven wheels and casters; its base frame is on the floor below the axle.

    Attributes:
        body_radius: of a round body around the axle centre [m]; 0 where there is a footprint.
        footprint: corners of a body that is no disc, convex [m].
        chassis_mass: without the wheels [kg].
        chassis_center: centre of mass of the chassis [m].
        chassis_inertia: moments about its axes there [kg m^2].
        wheel_radius, wheel_width, wheel_mass, track: of the driven wheels [m, m, kg, m].
        casters, caster_radius: places of spheres without friction that carry the rest [m].
        wheel_friction: Coulomb coefficient between wheel and floor.
        acceleration: how fast the controller changes the speed [m/s^2].
        yaw_acceleration: how fast it changes the yaw rate [rad/s^2]; 0 where it limits the rim of
            every wheel by itself, with `acceleration`.
        motor_torque: largest torque at a wheel [N m].
        motor_lag: time constant of the controller of a wheel [s].
        dead_time: from a command to the controller [s].
        command_timeout: a command that has been in force for longer is one to stop [s].
        min_speed, max_speed, max_yaw_rate: what the controller accepts [m/s, m/s, rad/s].
        wheel_radius_error: standard deviation of what the encoders think of a radius, as a share.
        position_noise, heading_noise: standard deviations of a localisation [m, rad].
        odometry_period, odometry_delay: how often it is measured, how late it comes [s].
        scan_beams, scan_field, scan_frequency: of the scanner [rad, Hz].
        scan_mount: x, y, yaw of it on the robot [m, m, rad].
        scan_range, scan_noise: what it can measure, and the standard deviation [m].

    Raises:
        PhysicsModelError: if a number is none, or not in its range.
    """

    body_radius: float = 0.0
    footprint: tuple[Numbers, ...] = ()
    chassis_mass: float
    chassis_center: Numbers
    chassis_inertia: Numbers
    wheel_radius: float
    wheel_width: float
    wheel_mass: float
    track: float
    casters: tuple[Numbers, ...]
    caster_radius: float
    wheel_friction: float
    acceleration: float
    yaw_acceleration: float
    motor_torque: float
    motor_lag: float
    dead_time: float
    command_timeout: float
    min_speed: float
    max_speed: float
    max_yaw_rate: float
    wheel_radius_error: float
    position_noise: float
    heading_noise: float
    odometry_period: float
    odometry_delay: float
    scan_beams: float
    scan_field: float
    scan_frequency: float
    scan_mount: Numbers
    scan_range: Numbers
    scan_noise: float

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            _check(field.name, getattr(self, field.name))
        if bool(self.footprint) == (self.body_radius > 0.0):
            raise PhysicsModelError('exactly one of body_radius and footprint must be given')
        if self.min_speed > 0.0:
            raise PhysicsModelError(f'min_speed is {self.min_speed}; it must not be positive')

    @property
    def radius(self) -> float:
        """Radius of the disc around the axle centre that contains the body [m]."""
        return max((math.hypot(*each) for each in self.footprint), default=self.body_radius)

    @property
    def mass(self) -> float:
        """Of the whole robot [kg]."""
        return self.chassis_mass + 2.0 * self.wheel_mass

    @property
    def base(self) -> BaseModel:
        """Body, limits and noise as the flat simulator has them; without any physics."""
        return BaseModel(
            body_radius=self.radius,
            footprint=tuple((x, y) for x, y in self.footprint),
            min_speed=self.min_speed,
            max_speed=self.max_speed,
            max_yaw_rate=self.max_yaw_rate,
            acceleration=self.acceleration,
            deceleration=self.acceleration,
            yaw_acceleration=self.yaw_acceleration or 2.0 * self.acceleration / self.track,
            lag=self.motor_lag,
            delay=self.dead_time,
            command_timeout=self.command_timeout,
            position_noise=self.position_noise,
            heading_noise=self.heading_noise,
            odometry_delay=self.odometry_delay,
        )

    @property
    def lidar(self) -> Lidar:
        """Its scanner; the first of its beams is the one furthest to the right."""
        around = self.scan_field >= 2.0 * math.pi - 1e-3
        count = int(self.scan_beams)
        return Lidar(
            beams=count,
            angle_min=-0.5 * self.scan_field,
            angle_increment=self.scan_field / (count if around else count - 1),
            range_min=self.scan_range[0],
            range_max=self.scan_range[1],
            noise=self.scan_noise,
        )


def model_names() -> tuple[str, ...]:
    """Models that come with the package."""
    return tuple(sorted(path.stem for path in _folder().glob('*.yaml')))


def read_model(name: str) -> PhysicsModel:
    """A model by its name, or from a file whose path ends in .yaml.

    Raises:
        PhysicsModelError: if there is none, or it is illegal.
    """
    path = Path(name) if name.endswith('.yaml') else _folder() / f'{name}.yaml'
    if not path.is_file():
        raise PhysicsModelError(
            f'there is no model {name}; there are {", ".join(model_names())}, or name a .yaml file'
        )
    try:
        values = yaml.safe_load(path.read_text(encoding='utf-8'))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise PhysicsModelError(
            f'{path} cannot be read as YAML: {" ".join(str(error).split())}'
        ) from None
    if not isinstance(values, dict):
        raise PhysicsModelError(f'{path} is no list of fields with their values')
    try:
        return PhysicsModel(**_known({key: _frozen(each) for key, each in values.items()}))
    except PhysicsModelError as error:
        raise PhysicsModelError(f'{path}: {error}') from None


def _folder() -> Path:
    return share_directory() / 'config' / 'physics'


def _known(values: dict[str, Any]) -> dict[str, Any]:
    fields = {each.name: each for each in dataclasses.fields(PhysicsModel)}
    for name in values:
        if name not in fields:
            raise PhysicsModelError(f'{name} is not a field of a model')
    for name, each in fields.items():
        if each.default is dataclasses.MISSING and name not in values:
            raise PhysicsModelError(f'{name} is missing')
    return values


def _frozen(value: Any) -> Any:
    """Lists as tuples, whole numbers as floats."""
    if isinstance(value, list):
        return tuple(_frozen(each) for each in value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _check(name: str, value: Any) -> None:
    if name in _CORNERS:
        _check_points(name, value)
        return
    if name in _LENGTHS and (not isinstance(value, tuple) or len(value) != _LENGTHS[name]):
        raise PhysicsModelError(f'{name} is {value}; it must be {_LENGTHS[name]} numbers')
    for number in value if isinstance(value, tuple) else (value,):
        if not isinstance(number, float) or not math.isfinite(number):
            raise PhysicsModelError(f'{name} is {value}; it must be a finite number')
        lowest = 0.0 if name in _MAY_BE_ZERO else 1e-9
        if name not in _ANY_SIGN and number < lowest:
            raise PhysicsModelError(f'{name} is {value}; it must be positive')


def _check_points(name: str, value: Any) -> None:
    try:
        points = np.array(value, float).reshape(-1, 2)
    except (TypeError, ValueError):
        points = np.full((1, 2), np.nan)
    if not np.isfinite(points).all() or (len(points) and len(points) < _CORNERS[name]):
        raise PhysicsModelError(f'{name} is {value}; it must be a list of points x, y')
