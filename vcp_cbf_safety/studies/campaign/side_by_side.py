"""Two robots side by side that stop driving and turn towards each other: a grid of such pairs."""

from dataclasses import replace
from itertools import product
from typing import Any

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.sim.base import BaseModel
from vcp_cbf_safety.studies.campaign.attack_families import NOWHERE
from vcp_cbf_safety.studies.campaign.bases import FAST, NIMBLE
from vcp_cbf_safety.studies.campaign.drivers import replay
from vcp_cbf_safety.studies.campaign.episode import Episode, Robot

Owned = tuple[BaseModel, FilterConfig]

PAIRS: tuple[tuple[Owned, Owned], ...] = ((NIMBLE, NIMBLE), (FAST, FAST), (NIMBLE, FAST))
# Free distance between the bodies [m], and how long they turn [s].
GAPS = tuple(round(0.16 + 0.08 * k, 2) for k in range(19))
TURNS = (0.2, 0.3, 0.4, 0.5, 0.7)
# How much later the second robot's cycles come [s].
OFFSETS = (0.0, 0.01, 0.02, 0.04)
GRID = tuple(product(PAIRS, GAPS, TURNS, OFFSETS))

# What the campaign calls it.
SIDE_BY_SIDE = 'side_by_side'

_DRIVE, _DURATION = 3.0, 6.5


def side_by_side(
    pair: tuple[Owned, Owned],
    gap: float,
    turn: float,
    offset: float,
    overrides: dict[str, float] | None = None,
) -> Episode:
    """Both drive as fast as they can, then turn towards each other, then are told to stand.

    Args:
        pair: base and filter of the left robot and of the right one.
        gap: free distance between their bodies [m].
        turn: how long they turn [s].
        offset: how much later the cycles of the right robot come [s].
        overrides: filter parameters that both share.
    """
    known: dict[str, Any] = overrides or {}
    robots = []
    for (model, config), side, first in zip(pair, (1.0, -1.0), (0.0, offset), strict=True):
        drive = [
            (0.0, config.max_speed, 0.0),
            (_DRIVE, 0.0, -side * config.max_yaw_rate),
            (_DRIVE + turn, 0.0, 0.0),
        ]
        robots.append(
            Robot(
                model=model,
                start=(0.0, side * (0.5 * gap + config.body_radius), 0.0),
                driver=replay(drive),
                config=replace(config, **known),
                cooperates=True,
                first_cycle=first,
            )
        )
    return Episode(
        family=SIDE_BY_SIDE,
        driver='turned in',
        robots=tuple(robots),
        arena=NOWHERE,
        circles=(),
        duration=_DURATION,
        jitter=0.0,
        seed=0,
    )
