"""A person reported as a marker walks across in front of the robot: it is not driven into."""

import math
from typing import NamedTuple

import numpy as np
import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rclpy.time import Time
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import Circle, Hazards, SafetyFilter, Twist2D
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.moving_markers import moving_markers
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel

SETTINGS = NodeSettings.from_parameters(
    {
        'body_radius': 0.2, 'max_speed': 1.0, 'min_speed': -0.2, 'max_yaw_rate': 2.0,
        'max_acceleration': 1.0, 'max_deceleration': 1.0, 'position_uncertainty': 0.03,
        'actuation_delay': 0.05, 'velocity_lag': 0.1, 'peer_max_speed': 1.5,
    }
)  # fmt: skip
MODEL = BaseModel(
    body_radius=0.2, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0, acceleration=1.0,
    deceleration=1.0, yaw_acceleration=6.0, lag=0.1, delay=0.05, slip=0.0, position_noise=0.0,
    heading_noise=0.0, odometry_delay=0.02,
)  # fmt: skip
# ROS time when the run begins [s].
EPOCH = 1000.0
PERSON_RADIUS = 0.25
# The markers are so wrong [m], and the rest of the uncertainty is the robot's.
MARKER_NOISE = 0.02
REPORTS = 0.1
# A robot that is slower than this at contact stands, for all that it can do [m/s].
STANDS = 0.02


class Crossing(NamedTuple):
    """What came of one run.

    Attributes:
        clearance: smallest distance of the bodies [m].
        closing: how fast the robot drove at the person at contact [m/s], 0 without contact.
        speed: how fast it drove then, in whatever direction [m/s].
        way: how far the robot got [m].
    """

    clearance: float
    closing: float
    speed: float
    way: float


class Person:
    """Walks straight on, and would meet a robot that drives straight on."""

    def __init__(self, random: np.random.Generator) -> None:
        speed = random.uniform(0.5, 1.5)
        course = random.choice((-1.0, 1.0)) * random.uniform(0.25 * math.pi, 0.75 * math.pi)
        self._velocity = speed * np.array((math.cos(course), math.sin(course)))
        # Where they would meet: 1.5 m to 3 m ahead of the start, in front of the robot or beside.
        meeting = np.array((random.uniform(1.5, 3.0), random.uniform(-0.3, 0.3)))
        self._start = meeting - self._velocity * (meeting[0] + 0.5)
        self._random = random

    def position(self, time: float) -> np.ndarray:
        return self._start + self._velocity * time

    def report(self, time: float, stamped: bool) -> MarkerArray:
        marker = Marker(ns='people', id=7, type=Marker.CYLINDER)
        marker.header.frame_id = 'odom'
        if stamped:
            marker.header.stamp = Time(nanoseconds=round(1e9 * (EPOCH + time))).to_msg()
        course = self._random.uniform(0.0, math.tau)
        off = MARKER_NOISE * np.array((math.cos(course), math.sin(course)))
        x, y = (self.position(time) + off).tolist()
        marker.pose.position.x, marker.pose.position.y = x, y
        marker.scale.x = marker.scale.y = 2.0 * PERSON_RADIUS
        return MarkerArray(markers=[marker])


def play(seed: int, standing: bool = False) -> Crossing:
    """Robot and person on their ways; `standing` hides from the filter that the person moves."""
    random = np.random.default_rng(seed)
    stamped = bool(seed % 2)
    person, base = Person(random), Base(MODEL, (0.0, 0.0, 0.0), random)
    store = ObstacleStore(
        topic='/obstacles', world_frame='odom', config=SETTINGS.filter,
        warn=lambda sentence: None, note=lambda sentence: None,
    )  # fmt: skip
    safety_filter, period = SafetyFilter(SETTINGS.filter), SETTINGS.filter.period
    least, next_report, next_cycle = math.inf, random.uniform(0.0, REPORTS), 0.0
    on_the_way: list[tuple[float, MarkerArray]] = []
    for step in range(round(6.0 / TIME_STEP)):
        now = step * TIME_STEP
        if now >= next_report:
            # Where stamps tell how long it took, that may be long.
            late = random.uniform(0.0, 0.2 if stamped else 0.02)
            on_the_way.append((now + late, person.report(now, stamped)))
            next_report += REPORTS
        while on_the_way and on_the_way[0][0] <= now:
            store.take(markers_of(on_the_way.pop(0)[1]), now, EPOCH + now)
        if now >= next_cycle:
            next_cycle += period
            robot = base.odometry()
            circles = [*store.near(None, lambda robot: math.inf, now), *store.moving(now)]
            if standing:
                circles = [Circle(c.x, c.y, c.radius) for c in circles]
            seen = moving_markers([c for c in circles if c.moves], robot, SETTINGS).circles
            hazards = Hazards(circles=[c for c in circles if not c.moves] + seen)
            command = safety_filter.step(Twist2D(1.0, 0.0), robot, hazards, elapsed=period)
            base.command(now, Twist2D(command.v, command.omega))
        base.advance(now)
        away = person.position(now + TIME_STEP) - base.pose[:2]
        least = min(least, math.hypot(*away) - PERSON_RADIUS - MODEL.body_radius)
        if least < 0.0:
            heading = np.array((math.cos(base.pose[2]), math.sin(base.pose[2])))
            closing = base.v * float(heading @ away) / math.hypot(*away)
            return Crossing(least, closing, abs(base.v), base.pose[0])
    return Crossing(least, 0.0, 0.0, base.pose[0])


def test_nobody_who_crosses_is_driven_into() -> None:
    runs = [play(seed) for seed in range(16)]
    assert max(run.speed for run in runs) < STANDS
    assert max(run.way for run in runs) > 1.5


def test_somebody_whose_motion_is_not_known_would_be() -> None:
    assert any(play(seed, standing=True).closing > 0.3 for seed in range(8))
