"""What was measured as parameters of the node, ready to paste, each with how sure it is."""

import math
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.studies.identify.ceilings import steady
from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.fit import ResponseFit
from vcp_cbf_safety.studies.identify.response_model import DELAY, LAG, UP, YAW_UP
from vcp_cbf_safety.studies.identify.steadiness import Rhythm, Scatter
from vcp_cbf_safety.studies.identify.stops import MeasuredStop

# A command in a recording that comes less often says nothing about a controller [s].
_SLOWEST = 0.1
# A robot that was told less than this was not told to move [m/s, rad/s].
_TOLD = 0.01


class Estimate(NamedTuple):
    """A parameter of the node, its value and what is known of it."""

    name: str
    value: float
    remark: str


def estimates(
    drive: Drive, fit: ResponseFit, stops: list[MeasuredStop], scatter: Scatter, rhythm: Rhythm
) -> list[Estimate]:
    """Parameters of the node that the drive says something about, rounded to the careful side."""
    found = [*_limits(drive, fit)]
    moved, turned = (abs(drive.commands[:, 1:]).max(axis=0) > _TOLD).tolist()
    if moved:
        found.append(_rate('max_acceleration', fit, UP, up=True))
    if turned:
        found.append(_rate('max_yaw_acceleration', fit, YAW_UP, up=False))
    if stops:
        found.append(_deceleration(stops))
    delay, lag = float(fit.values[DELAY]), float(fit.values[LAG])
    found.append(Estimate('actuation_delay', _round(delay, up=True), _between(fit, DELAY, 's')))
    found.append(Estimate('velocity_lag', _round(lag, up=True), _between(fit, LAG, 's')))
    gain = FilterConfig.defaults()['body_gain']
    if gain * _round(lag, up=True) > 0.25:
        at_most = _round(0.25 / _round(lag, up=True), up=False)
        found.append(Estimate('body_gain', at_most, 'at most 0.25 / velocity_lag'))
    found.extend(_uncertainty(fit, scatter))
    if rhythm.period <= _SLOWEST:
        remark = f'commands came every {1e3 * rhythm.period:.1f} ms, at most so much later'
        found.append(Estimate('period_jitter', _round(rhythm.jitter, up=True), remark))
    quantities = FilterConfig.quantities()
    return [
        each._replace(
            value=min(max(each.value, quantities[each.name].low), quantities[each.name].high)
        )
        for each in found
    ]


def _limits(drive: Drive, fit: ResponseFit) -> list[Estimate]:
    """Speeds and yaw rate: where the base does no more than that, or only the fastest so far."""
    speeds, rates = steady(drive, 1), steady(drive, 2)
    backwards = speeds[speeds[:, 0] < 0.0, 1].min(initial=0.0)
    ahead = speeds[speeds[:, 0] > 0.0, 1].max(initial=0.0)
    found = []
    for name, limit, reached in (
        ('min_speed', fit.ceilings.min_speed, float(backwards)),
        ('max_speed', fit.ceilings.max_speed, float(ahead)),
        (
            'max_yaw_rate',
            fit.ceilings.max_yaw_rate,
            float(abs(rates[rates[:, 0] != 0.0, 1]).max(initial=0.0)),
        ),
    ):
        if math.isfinite(limit):
            remark = 'told more, the base does no more'
            found.append(Estimate(name, _round(limit, up=False), remark))
        elif reached:
            remark = 'the fastest that it was for long; it may do more'
            found.append(Estimate(name, _round(reached, up=False), remark))
    return found


def _rate(name: str, fit: ResponseFit, index: int, *, up: bool) -> Estimate:
    unit = 'rad/s^2' if index == YAW_UP else 'm/s^2'
    value = _round(float(fit.values[index]), up=up)
    if not fit.seen[index]:
        return Estimate(name, value, 'the lag alone is slower: no limit seen, it may be more')
    return Estimate(name, value, _between(fit, index, unit))


def _deceleration(stops: list[MeasuredStop]) -> Estimate:
    weakest = min(stops, key=lambda each: each.deceleration)
    others = sorted(each.deceleration for each in stops)
    remark = (
        f'smallest of {len(stops)} stops, median {np.median(others):.3g}, '
        f'largest {others[-1]:.3g} m/s^2'
    )
    if not weakest.limited:
        remark += '; the lag alone is slower: no limit seen'
    return Estimate('max_deceleration', _round(weakest.deceleration, up=False), remark)


def _uncertainty(fit: ResponseFit, scatter: Scatter) -> list[Estimate]:
    """Three standard deviations at rest, and what the doubt about delay and lag is worth."""
    if math.isnan(scatter.position):
        return []
    fastest = float(abs(fit.pieces.measured[:, 0]).max())
    doubt = 0.5 * float((fit.high - fit.low)[[DELAY, LAG]].sum())
    value = 3.0 * scatter.position + fastest * doubt
    remark = (
        f'3 x {1e3 * scatter.position:.2f} mm at {scatter.rests} rests + {1e3 * doubt:.1f} ms of '
        'doubt at full speed; drift and offset come on top: tape measure'
    )
    return [Estimate('position_uncertainty', _round(value, up=True), remark)]


def _between(fit: ResponseFit, index: int, unit: str) -> str:
    return f'95 %: {fit.low[index]:.3g} to {fit.high[index]:.3g} {unit}'


def _round(value: float, *, up: bool) -> float:
    """Three digits, towards the careful side; times to a millisecond at least."""
    if value == 0.0:
        return 0.0
    digits = max(2 - math.floor(math.log10(abs(value))), 0)
    unit = 10.0 ** -min(digits, 4)
    step = math.ceil if up == (value > 0.0) else math.floor
    return round(step(value / unit - (1e-9 if up else -1e-9)) * unit, 6)


def yaml_of(name: str, found: list[Estimate]) -> str:
    """Lines of a parameter file, with remarks."""
    width = max(len(f'{each.name}: {each.value!r}') for each in found)
    lines = [f'# {name}, measured', '/**:', '  ros__parameters:']
    for each in found:
        text = f'{each.name}: {each.value!r}'
        lines.append(f'    {text:<{width}}  # {each.remark}')
    return '\n'.join(lines)
