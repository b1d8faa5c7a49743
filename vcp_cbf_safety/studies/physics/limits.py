"""Measures what a robot with physics does, as a filter wants to know it; `python -m` writes it.

The robot drives alone on an open floor: steps of its speed and of its yaw rate, and stops,
straight and out of turns that end or are reversed with the yaw acceleration measured before. What
comes out is what the flat simulator (`sim.base.Base`) must be told to move like it, except for the
deceleration: with that, no measured stop is longer than the one that the filter expects.
"""

import argparse
import math
import sys
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from vcp_cbf_safety.errors import VcpCbfError
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel
from vcp_cbf_safety.sim.physics.model import PhysicsModel, model_names, read_model
from vcp_cbf_safety.sim.physics.plant import PhysicsPlant
from vcp_cbf_safety.sim.physics.scene import PhysicsScene

Array = NDArray[np.float64]

# For how long a command is given before the one that is measured, and what is measured after [s].
_BEFORE, _AFTER = 2.0, 2.0
# Steps of the speed and of the yaw rate, as shares of the largest. Gentle ones show dead time and
# lag, and not the limit of the acceleration.
_SHARES = (0.1, 0.2, 1.0)
# Stops out of such shares of the largest speed.
_STOPS = (0.35, 0.7, 1.0)
# Accelerations are means over this time [s].
_WINDOW = 0.05
# `body_gain` times the lag must not exceed this (docs/theory.md, section 2).
_GAIN_TIMES_LAG = 0.25
# Doubt about lag and dead time (docs/theory.md, assumption 4).
_DOUBT = 0.1


class MeasuredLimits(NamedTuple):
    """What was measured.

    Attributes:
        delay, lag: dead time and time constant [s].
        acceleration: steepest rise of the speed [m/s^2].
        deceleration: that of a base whose stops are no shorter than the longest measured [m/s^2].
        straight_deceleration: the same of straight stops alone [m/s^2].
        yaw_acceleration: of the flat base whose turns are most like the measured [rad/s^2].
        longest_stop: way of the longest of these stops [m].
        excess: by how much stops are longer than that when the turn is reversed at once [m].
    """

    delay: float
    lag: float
    acceleration: float
    deceleration: float
    straight_deceleration: float
    yaw_acceleration: float
    longest_stop: float
    excess: float


def measure(model: PhysicsModel) -> MeasuredLimits:
    """Drive a robot of a model alone and measure it."""
    top, turn, still = model.max_speed, model.max_yaw_rate, Twist2D(0.0, 0.0)
    rises = {share: _driven(model, still, Twist2D(share * top, 0.0)) for share in _SHARES}
    falls = {share: _driven(model, Twist2D(share * top, 0.0), still) for share in _SHARES}
    turns = {share: _driven(model, still, Twist2D(0.0, share * turn)) for share in _SHARES}
    gentle = {(0.0, share * top): rises[share][:, 0] for share in _SHARES if share < 1.0}
    gentle |= {(share * top, 0.0): falls[share][:, 0] for share in _SHARES if share < 1.0}
    delay, lag = _fit(gentle, model)
    base = replace(model.base, delay=delay, lag=lag, command_timeout=math.inf)
    yaw_acceleration = _yaw_acceleration(base, turns, turn)
    turning = [
        _driven(model, Twist2D(speed * top, turn), Twist2D(0.0, end * turn), yaw_acceleration)
        for speed in _STOPS
        for end in (0.0, -1.0)
    ]
    straight = [
        _driven(model, Twist2D(speed * top, 0.0), still, yaw_acceleration) for speed in _STOPS
    ]
    window = round(_WINDOW / TIME_STEP)
    steepest = max(
        float((run[window:, 0] - run[:-window, 0]).max()) / (window * TIME_STEP)
        for run in rises.values()
    )
    deceleration = min(_deceleration(base, run) for run in straight + turning)
    expected = replace(base, deceleration=deceleration)
    swung = [_driven(model, Twist2D(speed * top, turn), Twist2D(0.0, -turn)) for speed in _STOPS]
    return MeasuredLimits(
        delay, lag, steepest, deceleration,
        min(_deceleration(base, run) for run in straight),
        yaw_acceleration,
        max(_way(run) for run in straight + turning),
        max(0.0, *(_way(run) - _expected_way(expected, run) for run in swung)),
    )  # fmt: skip


def _driven(
    model: PhysicsModel, first: Twist2D, second: Twist2D, turned_by: float = math.inf
) -> Array:
    """Speeds and yaw rates (n, 2) from when the second of two commands is given.

    Args:
        model: what drives.
        first, second: commands.
        turned_by: how fast the yaw rate of the command goes over to the second [rad/s^2].
    """
    plant = PhysicsPlant([model], [(0.0, 0.0, 0.0)], PhysicsScene())
    rows = []
    omega = first.omega
    for step in range(round((_BEFORE + _AFTER) / TIME_STEP)):
        after = step * TIME_STEP >= _BEFORE
        if after:
            most = turned_by * TIME_STEP
            omega += min(max(second.omega - omega, -most), most)
        plant.command(0, Twist2D(second.v if after else first.v, omega))
        plant.advance()
        if after:
            state = plant.truth(0)
            rows.append((state.speed, state.yaw_rate))
    return np.array(rows)


def _flat(model: BaseModel, first: Twist2D, second: Twist2D, count: int) -> Array:
    """The same of the flat simulator, whose base has `first` already."""
    base = Base(model, (0.0, 0.0, 0.0), np.random.default_rng(0))
    base.v, base.omega = first.v, first.omega
    base.command(-model.delay, first)
    base.command(0.0, second)
    rows = []
    for step in range(count):
        base.advance(step * TIME_STEP)
        rows.append((base.v, base.omega))
    return np.array(rows)


def _fit(steps: dict[tuple[float, float], Array], model: PhysicsModel) -> tuple[float, float]:
    """Dead time and lag of a first-order response to gentle steps of the speed."""
    times = TIME_STEP * np.arange(1, len(next(iter(steps.values()))) + 1)

    def errors(values: Array) -> Array:
        delay, lag = values
        left = np.exp(-np.maximum(times - delay, 0.0) / max(lag, 1e-3))
        return np.concatenate(
            [(end + (start - end) * left - run) / model.max_speed
             for (start, end), run in steps.items()]
        )  # fmt: skip

    found = least_squares(errors, (model.dead_time, model.motor_lag), bounds=(0.0, 1.0))
    return float(found.x[0]), float(found.x[1])


def _way(run: Array) -> float:
    return float(np.abs(run[:, 0]).sum()) * TIME_STEP


def _deceleration(base: BaseModel, run: Array) -> float:
    """Deceleration with which a flat base needs the way of a measured stop [m/s^2]."""
    low, high = 0.01, 10.0
    while high - low > 1e-3:
        middle = 0.5 * (low + high)
        longer = _expected_way(replace(base, deceleration=middle), run) > _way(run)
        low, high = (middle, high) if longer else (low, middle)
    return low


def _expected_way(base: BaseModel, run: Array) -> float:
    """Way of a stop of a flat base that begins as fast as a measured one [m]."""
    first = Twist2D(float(run[0, 0]), 0.0)
    return _way(_flat(base, first, Twist2D(0.0, 0.0), len(run)))


def _yaw_acceleration(base: BaseModel, turns: dict[float, Array], turn: float) -> float:
    def errors(values: Array) -> Array:
        model = replace(base, yaw_acceleration=float(values[0]))
        still = Twist2D(0.0, 0.0)
        return np.concatenate(
            [_flat(model, still, Twist2D(0.0, share * turn), len(run))[:, 1] - run[:, 1]
             for share, run in turns.items()]
        )  # fmt: skip

    found = least_squares(errors, (base.yaw_acceleration,), bounds=(0.1, 200.0), diff_step=0.02)
    return float(found.x[0])


def parameters(model: PhysicsModel, limits: MeasuredLimits) -> dict[str, float]:
    """The parameters of a filter for a robot with these limits, among robots of its kind."""
    doubt = _DOUBT * (limits.delay + limits.lag) * model.max_speed
    deceleration = np.floor(100.0 * limits.deceleration) / 100.0
    acceleration = np.ceil(100.0 * limits.acceleration) / 100.0
    return {
        'actuation_delay': round(limits.delay, 3),
        'velocity_lag': round(limits.lag, 3),
        'max_acceleration': float(acceleration),
        'max_deceleration': float(deceleration),
        'max_yaw_acceleration': round(limits.yaw_acceleration, 1),
        'body_gain': float(np.floor(100.0 * _GAIN_TIMES_LAG / round(limits.lag, 3)) / 100.0),
        'position_uncertainty': round(3.0 * model.position_noise + doubt + limits.excess, 3),
        'peer_max_speed': model.max_speed,
        'peer_max_acceleration': float(acceleration),
        'peer_max_yaw_rate': model.max_yaw_rate,
        'peer_min_deceleration': float(deceleration),
    }


def limits_file(name: str) -> Path:
    """The measured parameters of a model that comes with the package."""
    return share_directory() / 'config' / 'physics' / 'limits' / f'{name}.yaml'


def text_of(name: str, model: PhysicsModel) -> str:
    """A parameter file of the filter with what was measured."""
    limits = measure(model)
    lines = [
        f'# Measured on the physics of {name} by',
        '# `python -m vcp_cbf_safety.studies.physics.limits`. Give it to the filter after',
        f'# config/{name}.yaml. The longest stop out of {model.max_speed:g} m/s, out of a turn,'
        f' took {limits.longest_stop:.3f} m;',
        f'# straight stops alone would allow a deceleration of '
        f'{limits.straight_deceleration:.2f} m/s^2. A turn that is reversed at once',
        f'# makes stops longer than expected by {limits.excess:.3f} m, which '
        'position_uncertainty covers.',
        '/**:',
        '  ros__parameters:',
        *(f'    {key}: {value}' for key, value in parameters(model, limits).items()),
    ]
    return '\n'.join(lines) + '\n'


def main(arguments: list[str] | None = None) -> int:
    """Measure models and write their parameter files.

    Returns:
        0, or 2 when a model cannot be read.
    """
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.studies.physics.limits',
        description='Measure robots in physics; write parameter files for their filters.',
    )
    parser.add_argument('--model', nargs='+', default=list(model_names()), help='default: all')
    parser.add_argument('--out', type=Path, default=Path('out/physics/limits'), help='folder')
    options = parser.parse_args(arguments)
    try:
        options.out.mkdir(parents=True, exist_ok=True)
        for name in options.model:
            path = options.out / f'{Path(name).stem}.yaml'
            path.write_text(text_of(Path(name).stem, read_model(name)), encoding='utf-8')
            print(f'{path}:\n{path.read_text(encoding="utf-8")}')
    except VcpCbfError as error:
        print(f'limits: {error}', file=sys.stderr)
        return 2
    return 0


if __name__ == '__main__':
    sys.exit(main())
