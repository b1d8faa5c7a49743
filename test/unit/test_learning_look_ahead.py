"""What training looks ahead for is what the robot looks ahead for."""

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from near_peers import CONFIG, Case, around, draw  # noqa: E402

from vcp_cbf_safety import Peer  # noqa: E402
from vcp_cbf_safety.checks.rollout import Checked, safe_scale  # noqa: E402
from vcp_cbf_safety.learning.look_ahead import Peers, allowed_scales  # noqa: E402
from vcp_cbf_safety.motion.prediction import Ahead  # noqa: E402


def robots_scale(case: Case) -> float:
    """What the robot lets out."""
    config, surroundings = around(case)
    starts, before = [Ahead(case.state)], Checked(case.before)
    return safe_scale(
        config,
        case.command,
        starts,
        surroundings,
        case.nominal,
        case.last,
        before,
        config.period,
    ).scale


def learned_scales(cases: list[Case]) -> list[float]:
    """What training lets out."""

    def table(rows: list[object]) -> 'torch.Tensor':
        return torch.tensor(rows, dtype=torch.float64)

    seen = [case.peers for case in cases]
    peers = Peers(
        table([[(p.x, p.y) for p in row] for row in seen]),
        table([[p.heading for p in row] for row in seen]),
        table([[(p.speed, p.yaw_rate) for p in row] for row in seen]),
        table([[p.radius for p in row] for row in seen]),
        torch.ones(len(cases), 3, dtype=torch.bool),
    )
    states = [case.state for case in cases]
    scales: list[float] = allowed_scales(
        CONFIG,
        table([(c.command.v, c.command.omega) for c in cases]),
        table([(c.nominal.v, c.nominal.omega) for c in cases]),
        table([(s.x, s.y, s.heading, s.speed, s.yaw_rate) for s in states]),
        table([(c.last.v, c.last.omega) for c in cases]),
        table([c.before for c in cases]),
        table([c.extra for c in cases]),
        peers,
    ).tolist()
    return scales


@pytest.mark.parametrize('seed', range(4))
def test_it_lets_out_of_every_command_what_the_robot_lets_out(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cases = [draw(rng) for _ in range(100)]
    robots = [robots_scale(case) for case in cases]
    assert [learned_scales([case])[0] for case in cases] == robots
    # or the scales would be equal because none is cut
    assert 20 < sum(scale == 0.0 for scale in robots) < 40
    assert sum(0.0 < scale < 1.0 for scale in robots) > 20


def test_among_others_a_robot_is_looked_at_as_closely_or_closer() -> None:
    rng = np.random.default_rng(0)
    cases = [draw(rng) for _ in range(400)]
    alone = np.array([robots_scale(case) for case in cases])
    together = np.array(learned_scales(cases))
    # more pieces than its own: a few pass that did not
    assert (together == alone).mean() > 0.9
    assert (together < alone - 0.02).mean() < 0.02
    assert abs((together - alone).mean()) < 0.02


def test_nobody_near_leaves_every_command_as_it_is() -> None:
    rng = np.random.default_rng(1)
    case = draw(rng)
    far = case._replace(peers=[Peer(50.0, 50.0, 0.0, 0.3, 0.0, 0.2)] * 3)
    assert learned_scales([far]) == [1.0]
