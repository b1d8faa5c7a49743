"""Random worlds to learn in: arenas with circles, peers, a goal, and robots that differ."""

from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import NamedTuple

import torch
from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.drawing import TRIES, Columns, far_from, first

TASKS = ('goal', 'pursuit')


class PeerBehaviour(IntEnum):
    """How a peer moves; only the last one regards the robot."""

    WANDERING = 0
    CROSSING = 1
    HEAD_ON = 2
    CHASING = 3
    YIELDING = 4


def _robot() -> FilterConfig:
    return FilterConfig(
        body_radius=0.17,
        vcp_offset=0.1,
        period=0.1,
        min_speed=-0.3,
        max_speed=0.6,
        max_yaw_rate=1.9,
        actuation_delay=0.05,
        velocity_lag=0.1,
        position_uncertainty=0.03,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EnvironmentConfig:
    """What worlds are drawn from; pairs are the ends of an interval, drawn from evenly.

    Attributes:
        task: 'goal' (be there) or 'pursuit' (catch what moves).
        robots: worlds at once, one robot in each.
        filter: parameters of the filter, which knows neither the lag nor the delay drawn; its
            `position_uncertainty` makes up for both.
        time_limit: of an episode [s].
        arena: half the sides of the arena [m].
        circles, peers: how many.
        circle_radius, peer_radius: [m].
        passage: room between circles, where one of the tries leaves it: so much that the robot
            with its margins fits through [m].
        peer_speed: of a peer that is on its way, at most `filter.peer_max_speed` [m/s].
        peer_acceleration: largest that a peer changes its speed with, at most
            `filter.peer_max_acceleration` [m/s^2].
        yielding: share of peers that stop for the robot; all others are blind.
        distance: least distance between start and goal [m].
        goal_radius: distance that counts as arrived [m].
        capture_radius: distance that counts as caught [m].
        evader_speed: of what is to be caught [m/s].
        cruise: speed limit of the robot as a share of `filter.max_speed`.
        extra_radius: on top of `filter.body_radius` [m]; the filter knows it.
        lag, delay: of the base, `filter.velocity_lag` and `.actuation_delay` are what the filter
            believes [s].
        position_noise: largest error of a measured position, at most
            `filter.position_uncertainty` [m].
        speed_noise: standard deviation of measured speeds and yaw rates [m/s, rad/s].
        discs: how many of circles and peers, the nearest, are made rows of.

    Raises:
        ConfigurationError: if a value is illegal; the message names it.
    """

    task: str = 'goal'
    robots: int = 512
    filter: FilterConfig = field(default_factory=_robot)
    time_limit: float = 40.0
    arena: tuple[float, float] = (4.0, 5.0)
    circles: tuple[int, int] = (0, 16)
    peers: tuple[int, int] = (0, 6)
    circle_radius: tuple[float, float] = (0.12, 0.35)
    passage: float = 0.65
    peer_radius: tuple[float, float] = (0.12, 0.25)
    peer_speed: tuple[float, float] = (0.1, 0.3)
    peer_acceleration: tuple[float, float] = (0.3, 1.0)
    yielding: float = 0.2
    distance: float = 3.0
    goal_radius: float = 0.3
    capture_radius: float = 0.5
    evader_speed: tuple[float, float] = (0.1, 0.3)
    cruise: tuple[float, float] = (0.7, 1.0)
    extra_radius: tuple[float, float] = (0.0, 0.05)
    lag: tuple[float, float] = (0.08, 0.12)
    delay: tuple[float, float] = (0.03, 0.07)
    position_noise: float = 0.01
    speed_noise: float = 0.01
    discs: int = 8

    def __post_init__(self) -> None:
        if self.task not in TASKS:
            raise ConfigurationError(f'task is {self.task!r}; it must be one of {TASKS}')
        for each in fields(self):
            value = getattr(self, each.name)
            if isinstance(value, tuple) and not 0 <= value[0] <= value[1]:
                raise ConfigurationError(
                    f'{each.name} is {value}; it must be two numbers, the lower one first'
                )
        for name in ('robots', 'discs', 'time_limit', 'goal_radius', 'capture_radius'):
            if not getattr(self, name) > 0:
                raise ConfigurationError(f'{name} is {getattr(self, name)}; it must be positive')
        for name, share in (('yielding', self.yielding), ('cruise', self.cruise[1])):
            if not 0.0 <= share <= 1.0:
                raise ConfigurationError(f'{name} is {getattr(self, name)}; shares are 0 to 1')
        self._check_base()
        self._check_peers()

    def _check_base(self) -> None:
        """Refuse bases that are not what their filter is told of them."""
        robot = self.filter
        if not 0.0 <= self.position_noise <= robot.position_uncertainty:
            raise ConfigurationError(
                f'position_noise is {self.position_noise} m; the filter is told of no more than '
                f'position_uncertainty, {robot.position_uncertainty} m'
            )
        if self.lag[0] <= 0.0:
            raise ConfigurationError(f'lag is {self.lag} s; it must be positive')
        if max(self.delay[1], robot.actuation_delay) > robot.period:
            raise ConfigurationError(
                f'delay is {self.delay} s and filter.actuation_delay {robot.actuation_delay} s; '
                'both must be within one period'
            )

    def _check_peers(self) -> None:
        """Refuse peers that do more than the filter is told of them."""
        robot = self.filter
        for name, most, unit in (
            ('speed', robot.peer_max_speed, 'm/s'),
            ('acceleration', robot.peer_max_acceleration, 'm/s^2'),
        ):
            drawn = getattr(self, f'peer_{name}')
            if drawn[1] > most:
                raise ConfigurationError(
                    f'peer_{name} is {drawn} {unit}; the filter is told of no more than '
                    f'peer_max_{name}, {most} {unit}'
                )


class Worlds(NamedTuple):
    """N worlds with one robot each; every field has N rows.

    Attributes:
        state: (N, 5) true x, y, heading, speed and yaw rate of the robot.
        command: (N, 2) what the base was told last.
        age: (N,) time since the episode began [s].
        limits: (N, 3) highest and lowest speed and highest yaw rate.
        extra, lag, delay: (N,) radius beyond the filter's, and what the base is like.
        arena: (N, 2) half the sides.
        goal, goal_velocity, goal_waypoint: (N, 2).
        goal_speed: (N,) zero for goals that stand still.
        circles, circle_radii, circle_real: (N, C, 2), (N, C), (N, C).
        peers, peer_twist, waypoints: (N, P, 2); a twist is a speed and a yaw rate.
        peer_heading, peer_radii, peer_kind, peer_real: (N, P).
        peer_speed, peer_acceleration: (N, P) what peers on their way do.
    """

    state: Tensor
    command: Tensor
    age: Tensor
    limits: Tensor
    extra: Tensor
    lag: Tensor
    delay: Tensor
    arena: Tensor
    goal: Tensor
    goal_velocity: Tensor
    goal_waypoint: Tensor
    goal_speed: Tensor
    circles: Tensor
    circle_radii: Tensor
    circle_real: Tensor
    peers: Tensor
    peer_heading: Tensor
    peer_twist: Tensor
    waypoints: Tensor
    peer_radii: Tensor
    peer_speed: Tensor
    peer_acceleration: Tensor
    peer_kind: Tensor
    peer_real: Tensor


def numbers_for_a_world(config: EnvironmentConfig) -> int:
    """How many random numbers one world is made of."""
    columns = Columns(torch.zeros(1, 4096))
    _build(config, columns)
    return columns.taken


def worlds_from(config: EnvironmentConfig, numbers: Tensor) -> Worlds:
    """Worlds made of random numbers: the same row gives the same world.

    Args:
        config: what to draw.
        numbers: (M, `numbers_for_a_world(config)`) even in [0, 1).
    """
    return _build(config, Columns(numbers))


def _build(config: EnvironmentConfig, draw: Columns) -> Worlds:
    robot = config.filter
    arena = draw.between(config.arena, 2)
    room = arena - 0.6
    start = draw.between((-1.0, 1.0), 2) * room
    heading = draw.between((-torch.pi, torch.pi), 1)
    goal = far_from(draw, room, start, config.distance)
    cruise = draw.between(config.cruise, 1)
    top = draw.take(1).new_tensor((robot.max_speed, robot.min_speed, robot.max_yaw_rate))
    limits = torch.cat((cruise * top[0], top[1:].expand(len(cruise), 2)), 1)
    circles, circle_radii, circle_real = _circles(config, draw, arena, start, goal)
    count, p = draw.take(1), config.peers[1]
    peers = far_from(draw, (arena - 0.3).unsqueeze(1), start.unsqueeze(1), 1.5, p)
    kind = _kinds(config, draw.take(p))
    mid = 0.5 * (start + goal).unsqueeze(1)
    aims = draw.between((-1.0, 1.0), p, 2) * room.unsqueeze(1)
    aims = torch.where((kind == PeerBehaviour.CROSSING).unsqueeze(2), 2.0 * mid - peers, aims)
    head_on = (kind == PeerBehaviour.HEAD_ON).unsqueeze(2)
    chasing = (kind == PeerBehaviour.CHASING).unsqueeze(2)
    aims = torch.where(head_on | chasing, start.unsqueeze(1), aims)
    peers = torch.where(head_on, goal.unsqueeze(1) + 0.3 * draw.between((-1, 1), p, 2), peers)
    edge = (arena - 0.3).unsqueeze(1)
    peers, aims = peers.clamp(-edge, edge), aims.clamp(-edge, edge)
    way = aims - peers
    nothing = torch.zeros_like(start)
    moves = 1.0 if config.task == 'pursuit' else 0.0
    return Worlds(
        state=torch.cat((start, heading, nothing), 1),
        command=nothing.clone(),
        age=nothing[:, 0].clone(),
        limits=limits,
        extra=draw.between(config.extra_radius, 1)[:, 0],
        lag=draw.between(config.lag, 1)[:, 0],
        delay=draw.between(config.delay, 1)[:, 0],
        arena=arena,
        goal=goal,
        goal_velocity=nothing.clone(),
        goal_waypoint=draw.between((-1.0, 1.0), 2) * room,
        goal_speed=moves * draw.between(config.evader_speed, 1)[:, 0],
        circles=circles,
        circle_radii=circle_radii,
        circle_real=circle_real,
        peers=peers,
        peer_heading=torch.atan2(way[..., 1], way[..., 0]),
        peer_twist=torch.zeros_like(peers),
        waypoints=aims,
        peer_radii=draw.between(config.peer_radius, p),
        peer_speed=draw.between(config.peer_speed, p),
        peer_acceleration=draw.between(config.peer_acceleration, p),
        peer_kind=kind,
        peer_real=first(count, config.peers, kind),
    )


def _circles(
    config: EnvironmentConfig, draw: Columns, arena: Tensor, start: Tensor, goal: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    count, c = draw.take(1), config.circles[1]
    tries = draw.between((-1.0, 1.0), c, TRIES, 2) * arena[:, None, None]
    radii = draw.between(config.circle_radius, c)
    clearance = radii.unsqueeze(2) + config.filter.body_radius + 0.3
    free = torch.ones_like(tries[..., 0], dtype=torch.bool)
    for place in (start, goal):
        free &= (tries - place[:, None, None]).norm(dim=3) > clearance
    places = tries[:, :, 0].clone()
    for i in range(c):  # the first that leaves a passage, else the first that is free at all
        away = (tries[:, i].unsqueeze(2) - places[:, :i].unsqueeze(1)).norm(dim=3)
        room = away - radii[:, None, :i] - radii[:, i, None, None] > config.passage
        score = free[:, i].float() * (1.0 + room.all(2))
        places[:, i] = tries[:, i].take_along_dim(score.argmax(1)[:, None, None], 1).squeeze(1)
    real = free.any(2)
    return places, radii, real & first(count, config.circles, real)


def _kinds(config: EnvironmentConfig, share: Tensor) -> Tensor:
    """Peers that yield, and of the others some of each kind; few chase."""
    blind = ((share - config.yielding) / max(1.0 - config.yielding, 1e-6)).clamp(0.0, 0.999)
    kind = torch.bucketize(blind, blind.new_tensor((0.3, 0.6, 0.85)), right=True)
    return torch.where(share < config.yielding, int(PeerBehaviour.YIELDING), kind)
