"""Peers in training do no more than the filter is told of them, wherever they are seen to be."""

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety.learning.environment import Environment  # noqa: E402
from vcp_cbf_safety.learning.worlds import EnvironmentConfig  # noqa: E402

STEPS = 25
ROBOT = EnvironmentConfig().filter


@settings(max_examples=25)
@given(
    seed=st.integers(0, 10**6),
    period=st.sampled_from((0.05, 0.1)),
    speed=st.floats(0.1, 1.0),
    acceleration=st.floats(0.1, 2.0),
    yaw_rate=st.floats(0.2, 20.0),
)
def test_peers_are_unicycles_within_the_bounds_of_assumption_a8(
    seed: int, period: float, speed: float, acceleration: float, yaw_rate: float
) -> None:
    robot = dataclasses.replace(
        ROBOT,
        period=period,
        peer_max_speed=speed,
        peer_max_acceleration=acceleration,
        peer_max_yaw_rate=yaw_rate,
    )
    config = EnvironmentConfig(
        robots=16,
        filter=robot,
        delay=(0.0, 0.05),
        peers=(6, 6),
        peer_speed=(0.0, speed),
        peer_acceleration=(0.0, acceleration),
        yielding=0.3,
    )
    environment = Environment(config, seed, autoreset=False, dtype=torch.float64)
    places, headings = [environment.world.peers], [environment.world.peer_heading]
    for _ in range(STEPS):
        environment.step(environment.observation.nominal, filtered=False)
        places.append(environment.world.peers)
        headings.append(environment.world.peer_heading)

    turns = torch.stack(headings).diff(dim=0)
    assert turns.abs().max() <= yaw_rate * period + 1e-9

    chords = torch.stack(places).diff(dim=0)
    middle = torch.stack(headings)[:-1] + 0.5 * turns
    along = chords[..., 0] * middle.cos() + chords[..., 1] * middle.sin()
    assert (along - chords.norm(dim=3)).abs().max() <= 1e-9  # never aside, never back

    # of an arc, from its chord; the mean over a period, from standing on
    speeds = along / torch.sinc(0.5 * turns / torch.pi) / period
    own = environment.world.peer_speed
    assert own.max() <= speed
    assert (speeds - own).max() <= 1e-9
    gained = speeds.diff(dim=0, prepend=torch.zeros_like(speeds[:1])).abs()
    own = environment.world.peer_acceleration
    assert own.max() <= acceleration
    assert (gained - own * period).max() <= 1e-9
