"""The names others build on, as they are used in the documentation."""

import dataclasses
import inspect

import pytest

import vcp_cbf_safety
from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)


def test_the_example_of_the_documentation_runs() -> None:
    config = FilterConfig(
        body_radius=0.15,
        vcp_offset=0.10,
        period=0.05,
        min_speed=-0.2,
        max_speed=1.0,
        max_yaw_rate=2.84,
    )
    safety_filter = SafetyFilter(config)
    hazards = Hazards(
        arena=Arena(-5.0, -5.0, 5.0, 5.0),
        circles=[Circle(x=1.0, y=0.5, radius=0.3)],
        peers=[
            Peer(
                x=2.0,
                y=0.0,
                heading=3.14,
                speed=0.3,
                yaw_rate=0.0,
                radius=0.15,
                responsibility=1.0,
            )
        ],
    )
    command = safety_filter.step(
        nominal=Twist2D(v=0.8, omega=0.0),
        robot=RobotState(x=0.0, y=0.0, heading=0.0, speed=0.4, yaw_rate=0.0),
        hazards=hazards,
    )
    assert isinstance(command, SafeCommand)
    assert config.min_speed <= command.v < 0.8
    assert command.outcome == Outcome.FILTERED
    assert command.binding in ('circles[0]', 'peers[0]', 'limits')
    assert command.min_barrier > 0.0
    timing = command.timing
    assert 0.0 < timing.build + timing.solve <= timing.total


@pytest.mark.parametrize('name', vcp_cbf_safety.__all__)
def test_every_public_name_exists_and_is_documented(name: str) -> None:
    assert inspect.getdoc(getattr(vcp_cbf_safety, name))


def test_outcomes_are_words() -> None:
    words = {'nominal', 'filtered', 'relaxed', 'braking', 'stopped', 'idle'}
    assert {str(outcome) for outcome in Outcome} == words
    assert {outcome.value for outcome in Outcome} == words
    assert f'{Outcome.BRAKING}' == 'braking'


@pytest.mark.parametrize('kind', [Arena, Circle, Peer, Hazards, RobotState, Twist2D, SafeCommand])
def test_values_are_frozen_and_have_no_room_for_typos(kind: type) -> None:
    assert dataclasses.is_dataclass(kind)
    assert kind.__dataclass_params__.frozen  # type: ignore[attr-defined]
    assert not hasattr(kind, '__dict__') or '__slots__' in vars(kind)


def test_every_error_of_the_package_has_one_base() -> None:
    for name in ('ConfigurationError', 'HazardError'):
        assert issubclass(getattr(vcp_cbf_safety, name), vcp_cbf_safety.VcpCbfError)


def test_version_is_a_version() -> None:
    assert len(vcp_cbf_safety.__version__.split('.')) == 3
