"""Numbers of a cycle to plot."""

import math
import re

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from documents import names, rows

from vcp_cbf_safety import Arena, Circle, FilterConfig, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.cycle_numbers import FIELDS, OUTCOMES, numbers_of
from vcp_cbf_safety.ros.telemetry import Telemetry

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0
)
NOMINAL, ROBOT = Twist2D(0.9, 0.1), RobotState(0.5, -0.2, 0.3, 0.6, 0.05)


class Publisher:
    """What a publisher is asked here."""

    def __init__(self, listeners):
        self.listeners, self.sent = listeners, []

    def get_subscription_count(self):
        return self.listeners

    def publish(self, message):
        self.sent.append(message)


def step(*circles):
    hazards = Hazards(Arena(-3.0, -3.0, 3.0, 3.0), circles)
    return SafetyFilter(CONFIG).step(NOMINAL, ROBOT, hazards)


def test_the_document_names_every_number_in_its_order():
    table = rows('interface.md', 'Telemetry')
    assert [names(row['name'])[0] for row in table] == list(FIELDS)
    assert [int(row['index']) for row in table] == list(range(len(FIELDS)))
    (said,) = (row['meaning'] for row in table if '`outcome`' in row['name'])
    numbers = {word: float(number) for number, word in re.findall(r'(\d) (\w+)', said)}
    assert numbers == {str(outcome): number for outcome, number in OUTCOMES.items()}


def test_numbers_are_those_of_the_cycle():
    command = step(Circle(1.4, 0.2, 0.3))
    found = numbers_of(command, 0.002)
    assert (found['safe_v_m_s'], found['safe_omega_rad_s']) == (command.v, command.omega)
    assert (found['nominal_v_m_s'], found['nominal_omega_rad_s']) == (0.9, 0.1)
    assert (found['speed_m_s'], found['yaw_rate_rad_s']) == (ROBOT.speed, ROBOT.yaw_rate)
    assert found['min_barrier_m'] == command.min_barrier
    assert found['tick_ms'] == 2.0
    assert 0.0 <= found['build_ms'] + found['solve_ms'] <= 1e3 * command.timing.total
    assert command.v < NOMINAL.v
    assert found['outcome'] == 1.0


def test_slack_is_what_is_left_of_the_nearest_row_and_never_negative_in_a_free_world():
    command = step(Circle(1.4, 0.2, 0.3))
    program = command.record.assembly.program
    least = min(
        right - first * command.v - second * command.omega
        for (first, second), right in zip(program.G.tolist(), program.h.tolist(), strict=True)
    )
    assert numbers_of(command, 0.0)['slack_m_s'] == pytest.approx(least, abs=1e-12)
    assert numbers_of(step(), 0.0)['slack_m_s'] > 0.0


def test_a_cycle_that_brakes_has_gaps_where_nothing_is_known():
    found = numbers_of(SafetyFilter(CONFIG).brake('no odometry'), 0.001)
    unknown = {name for name, number in found.items() if math.isnan(number)}
    assert unknown == set(FIELDS) - {'safe_v_m_s', 'safe_omega_rad_s', 'outcome', 'tick_ms'}


def test_nothing_is_made_while_nobody_listens():
    publisher = Publisher(listeners=0)
    Telemetry(publisher).show(step(), 0.0)
    assert publisher.sent == []


def test_a_message_names_its_numbers():
    publisher, command = Publisher(listeners=1), step()
    Telemetry(publisher).show(command, 0.003)
    (message,) = publisher.sent
    (dim,) = message.layout.dim
    labels = dim.label.split(',')
    assert labels == list(FIELDS)
    assert dim.size == len(message.data)
    assert message.data[labels.index('tick_ms')] == 3.0
