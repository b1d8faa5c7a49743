"""Illegal parameters are refused by name, value and rule; legal ones are described."""

import dataclasses
import math
from typing import Any

import pytest

from vcp_cbf_safety import ConfigurationError, FilterConfig, VcpCbfError

REQUIRED = {
    'body_radius': 0.15,
    'vcp_offset': 0.10,
    'period': 0.05,
    'min_speed': -0.2,
    'max_speed': 1.0,
    'max_yaw_rate': 2.84,
}
QUANTITIES = FilterConfig.quantities()
NAMES = sorted(QUANTITIES)


def refusal(name: str, value: Any) -> str:
    """Make a configuration with one illegal value and return what the error says."""
    with pytest.raises(ConfigurationError) as error:
        FilterConfig(**{**REQUIRED, name: value})
    return str(error.value)


def test_the_required_parameters_are_enough() -> None:
    config = FilterConfig(**REQUIRED)
    for name, default in FilterConfig.defaults().items():
        assert getattr(config, name) == default


@pytest.mark.parametrize('name', sorted(REQUIRED))
def test_the_robots_own_numbers_have_no_default(name: str) -> None:
    with pytest.raises(TypeError, match=name):
        FilterConfig(**{k: v for k, v in REQUIRED.items() if k != name})


def test_parameters_are_given_by_name_only() -> None:
    with pytest.raises(TypeError):
        FilterConfig(0.15, 0.1, 0.05, -0.2, 1.0, 2.84)  # type: ignore[misc]


def test_unknown_parameters_are_refused() -> None:
    with pytest.raises(TypeError, match='steering_gian'):
        FilterConfig(**REQUIRED, steering_gian=1.0)  # type: ignore[call-arg]


def test_a_configuration_cannot_be_changed_afterwards() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        FilterConfig(**REQUIRED).margin = 0.0  # type: ignore[misc]


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('value', [math.nan, math.inf, -math.inf])
def test_a_number_that_is_not_finite_is_refused_by_name(name: str, value: float) -> None:
    assert refusal(name, value) == f'{name} is {value!r}; it must be a finite number'


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('value', ['0.1', None, True, [0.1], 0.1j])
def test_what_is_no_number_is_refused_by_name(name: str, value: object) -> None:
    message = refusal(name, value)
    assert message.startswith(f'{name} is {value!r};')
    assert 'number' in message


@pytest.mark.parametrize('name', NAMES)
@pytest.mark.parametrize('end', ['low', 'high'])
def test_a_value_outside_its_range_is_refused_with_the_range(name: str, end: str) -> None:
    quantity = QUANTITIES[name]
    limit = getattr(quantity, end)
    value = limit + (1.0 if end == 'high' else -1.0) * max(1e-3, 1e-3 * abs(limit))
    message = refusal(name, value)
    assert message.startswith(f'{name} is {value}')
    assert f'between {quantity.low:g} and {quantity.high:g}' in message


@pytest.mark.parametrize('name', NAMES)
def test_every_parameter_is_described_with_unit_and_a_range_that_holds_its_default(
    name: str,
) -> None:
    quantity = QUANTITIES[name]
    assert len(quantity.description) > 10
    assert quantity.description[0].isupper()
    assert isinstance(quantity.unit, str)
    assert quantity.low < quantity.high
    default = FilterConfig.defaults().get(name)
    assert default is None or quantity.low <= default <= quantity.high


def test_quantities_and_defaults_cover_the_numeric_fields() -> None:
    fields = {field.name for field in dataclasses.fields(FilterConfig)}
    assert set(QUANTITIES) <= fields
    assert set(FilterConfig.defaults()) == set(QUANTITIES) - set(REQUIRED)


@pytest.mark.parametrize('name', ['steering_gain', 'body_gain'])
def test_a_gain_too_large_for_the_period_is_refused(name: str) -> None:
    fields = {**REQUIRED, 'period_jitter': 0.0, 'velocity_lag': 0.0}
    with pytest.raises(ConfigurationError) as error:
        FilterConfig(**{**fields, name: 20.1})
    assert str(error.value).startswith(f'{name} is 20.1 1/s')
    assert '0.05 s' in str(error.value)
    assert 'at most 20 1/s' in str(error.value)
    assert getattr(FilterConfig(**{**fields, name: 20.0}), name) == 20.0


def test_jitter_counts_as_part_of_the_time_a_command_holds() -> None:
    with pytest.raises(ConfigurationError, match='at most 10 1/s'):
        FilterConfig(**REQUIRED, steering_gain=10.1, period_jitter=0.05)
    assert FilterConfig(**REQUIRED, period_jitter=0.05).hold_time == pytest.approx(0.1)


def test_a_body_gain_that_a_lagging_base_would_overshoot_is_refused() -> None:
    with pytest.raises(ConfigurationError) as error:
        FilterConfig(**REQUIRED, body_gain=2.5, velocity_lag=0.2)
    assert 'body_gain is 2.5 1/s with a velocity_lag of 0.2 s' in str(error.value)
    assert 'at most 1.25 1/s' in str(error.value)
    assert FilterConfig(**REQUIRED, body_gain=1.25, velocity_lag=0.2).body_gain == 1.25


@pytest.mark.parametrize('value', [1, 'true', None, 0.0])
def test_a_switch_is_true_or_false(value: object) -> None:
    message = refusal('resolve_deadlock', value)
    assert message == f'resolve_deadlock is {value!r}; it must be true or false'


def test_whole_numbers_are_numbers() -> None:
    assert FilterConfig(**{**REQUIRED, 'max_speed': 1}).max_speed == 1


def test_a_robot_that_cannot_reverse_is_legal() -> None:
    assert FilterConfig(**{**REQUIRED, 'min_speed': 0.0}).min_speed == 0.0


def test_a_robot_that_must_always_move_is_refused() -> None:
    assert 'min_speed is 0.1' in refusal('min_speed', 0.1)
    assert 'max_speed is -0.1' in refusal('max_speed', -0.1)


def test_configuration_errors_are_value_errors_of_this_package() -> None:
    assert issubclass(ConfigurationError, ValueError)
    assert issubclass(ConfigurationError, VcpCbfError)
