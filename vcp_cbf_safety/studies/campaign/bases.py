"""Random bases, and the filters of owners who have measured them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.sim.base import TIME_STEP, BaseModel
from vcp_cbf_safety.studies.campaign.discs import ACCELERATION

# How well lag and delay of a base are known (docs/theory.md, assumption 4).
_KNOWN_WITHIN = 0.1

# Largest velocity of circles in motion, along x and along y [m/s].
DRIFT = 0.4


def random_base(random: np.random.Generator) -> BaseModel:
    """A base somewhere between a nimble and a sluggish one."""
    max_speed = float(random.uniform(0.2, 1.5))
    radius = float(random.uniform(0.1, 0.3))
    min_speed = -float(random.uniform(0.2, 1.0)) * max_speed
    max_yaw_rate = float(random.uniform(1.0, 2.84))
    acceleration = float(random.uniform(0.3, 2.0))
    return BaseModel(
        body_radius=radius,
        min_speed=min_speed,
        max_speed=max_speed,
        max_yaw_rate=max_yaw_rate,
        acceleration=acceleration,
        deceleration=acceleration,
        yaw_acceleration=float(random.uniform(3.0, 10.0)),
        lag=float(random.uniform(0.0, 0.3)),
        delay=float(random.uniform(0.0, 0.15)),
        slip=float(random.uniform(0.0, 0.1)),
        position_noise=float(random.uniform(0.0, 0.005)),
        heading_noise=float(random.uniform(0.0, 0.005)),
        odometry_delay=float(random.uniform(0.0, 0.1)),
    )


def anywhere_in_assumption(model: BaseModel, random: np.random.Generator) -> BaseModel:
    """A base that brakes as hard as the model or harder, and speeds up as fast or more slowly.

    Docs/theory.md, assumption 5, is one-sided. Half of the bases are the model itself.
    """
    if random.random() < 0.5:
        return model
    return replace(
        model,
        acceleration=model.acceleration * float(random.uniform(0.1, 1.0)),
        deceleration=model.deceleration * float(random.uniform(1.0, 8.0)),
    )


def config_for(
    model: BaseModel, random: np.random.Generator, overrides: dict[str, float], jitter: float
) -> FilterConfig:
    """Parameters of a filter whose owner measured the base, within `_KNOWN_WITHIN`."""
    error = random.uniform(1.0 - _KNOWN_WITHIN, 1.0 + _KNOWN_WITHIN, 2)
    lag, delay = float(model.lag * error[0]), float(model.delay * error[1])
    period = float(random.choice((0.02, 0.05, 0.1)))
    unknown = _KNOWN_WITHIN * (model.lag + model.delay) * model.max_speed
    values: dict[str, Any] = {
        'body_radius': model.body_radius,
        'vcp_offset': float(random.uniform(0.05, 0.15)),
        'period': period,
        'min_speed': model.min_speed,
        'max_speed': model.max_speed,
        'max_yaw_rate': model.max_yaw_rate,
        'max_acceleration': model.acceleration,
        'max_deceleration': model.deceleration,
        'max_yaw_acceleration': model.yaw_acceleration,
        'actuation_delay': delay,
        'velocity_lag': lag,
        'body_gain': min(5.0, 0.25 / max(lag, 1e-3)),
        'position_uncertainty': 3.0 * model.position_noise + unknown,
        'period_jitter': jitter + 0.005,
        'peer_max_speed': DRIFT * math.sqrt(2.0),
        'peer_max_acceleration': ACCELERATION,
        'peer_min_deceleration': model.deceleration,
    }
    return FilterConfig(**(values | overrides))


def without_noise(model: BaseModel) -> BaseModel:
    """The base on an ideal floor with fresh, exact odometry, and a dead time of whole steps."""
    return replace(
        model,
        slip=0.0,
        position_noise=0.0,
        heading_noise=0.0,
        odometry_delay=0.0,
        delay=TIME_STEP * round(model.delay / TIME_STEP),
    )


def exactly_known(config: FilterConfig, model: BaseModel) -> FilterConfig:
    """The configuration of an owner who has measured lag and delay without any error."""
    return replace(
        config,
        velocity_lag=model.lag,
        actuation_delay=model.delay,
        body_gain=min(5.0, 0.25 / max(model.lag, 1e-3)),
        position_uncertainty=0.0,
    )


def ideal(config: FilterConfig) -> tuple[BaseModel, FilterConfig]:
    """A base that does exactly what a configuration says, with fresh odometry, and its filter."""
    model = BaseModel(
        body_radius=config.body_radius,
        min_speed=config.min_speed,
        max_speed=config.max_speed,
        max_yaw_rate=config.max_yaw_rate,
        acceleration=config.max_acceleration,
        deceleration=config.max_deceleration,
        yaw_acceleration=config.max_yaw_acceleration,
        lag=config.velocity_lag,
        delay=config.actuation_delay,
        slip=0.0,
        position_noise=0.0,
        heading_noise=0.0,
        odometry_delay=0.0,
    )
    return model, config


# A small robot that turns quickly, and a larger one that is fast and brakes gently; both do
# exactly what their filters believe.
NIMBLE = ideal(
    FilterConfig(
        body_radius=0.15, vcp_offset=0.1, period=0.05, min_speed=-0.2, max_speed=1.0,
        max_yaw_rate=2.84,
    )
)  # fmt: skip
FAST = ideal(
    FilterConfig(
        body_radius=0.35, vcp_offset=0.2, period=0.05, min_speed=-0.3, max_speed=1.5,
        max_yaw_rate=1.5, max_acceleration=0.8, max_deceleration=0.8, velocity_lag=0.1,
        actuation_delay=0.1, peer_max_acceleration=3.1, peer_max_speed=1.5, body_gain=2.5,
    )
)  # fmt: skip
