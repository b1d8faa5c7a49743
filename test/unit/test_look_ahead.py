"""What goes out beside what moves: itself looked at, and no harder than the base is gentle."""

from typing import NamedTuple

import numpy as np
import pytest
from near_peers import Case, around, draw
from numpy.typing import NDArray

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.checks.foresight import DynamicObstacles
from vcp_cbf_safety.checks.look_ahead import FREE, RAMP, LookAhead
from vcp_cbf_safety.checks.reachability import Reach
from vcp_cbf_safety.motion.prediction import Ahead
from vcp_cbf_safety.motion.stopping_trajectory import limits_in, states_of

Vector = NDArray[np.float64]


class Columns(NamedTuple):
    """Arguments of a look at one robot."""

    config: FilterConfig
    window: float
    commands: Vector
    nominal: Vector
    last: Vector
    before: Vector
    states: Vector
    limits: Vector
    owner: NDArray[np.int64]
    obstacles: DynamicObstacles


def columns_of(case: Case) -> Columns | None:
    """What it is made of."""
    config, surroundings = around(case)
    obstacles = surroundings.dynamic_obstacles
    if obstacles is None:
        return None
    starts = [Ahead(case.state)]
    twists = ((each.v, each.omega) for each in (case.command, case.nominal, case.last))
    return Columns(
        config,
        config.period,
        *(np.array((twist,)) for twist in twists),
        np.array((case.before,)),
        states_of(starts)[None],
        limits_in(config, starts)[None],
        np.zeros(len(obstacles.places), int),
        obstacles,
    )


@pytest.mark.parametrize('seed', range(3))
def test_what_goes_out_has_itself_been_looked_at_and_changes_the_speed_gently(seed: int) -> None:
    rng = np.random.default_rng(seed)
    cut = gentle = 0
    for _ in range(200):
        case = draw(rng)
        columns = columns_of(case)
        if columns is None:
            continue
        config, look = columns.config, LookAhead(*columns)
        allowed = look.allowed()
        scale, reason = float(allowed.scales[0]), int(allowed.reasons[0])
        assert 0.0 <= scale <= 1.0
        assert (reason == FREE) == (scale == 1.0)
        if scale == 1.0:
            continue
        cut += 1
        assert reason in (RAMP, *range(len(columns.owner)))
        assert scale == 0.0 or look.safe(np.array((scale,)))[0]
        if case.before == 1.0 or case.command.v == 0.0:
            continue
        # After a command that was cut, the speed rises no faster than the base lets it.
        size, step = abs(case.command.v), config.max_acceleration * config.period
        told = max(np.sign(case.command.v) * case.last.v, 0.0)
        assert scale * size <= told + step + 1e-9
        # Slower than the base slows down gently only where that would not be safe.
        slow = max(told - config.max_deceleration * config.period, 0.0) / size
        flees = 0.0 < case.nominal.v * np.sign(case.command.v) < slow * size
        if slow < 1.0 and not flees and scale < slow - 1e-9:
            assert not look.safe(np.array((slow,)))[0]
            gentle += 1
    assert cut > 60
    assert gentle > 5


def test_robots_side_by_side_are_told_what_each_is_told_alone() -> None:
    """Two at a time, one of them twice: nobody's obstacles are another's."""
    rng = np.random.default_rng(3)
    found = (columns_of(draw(rng)._replace(extra=0.0)) for _ in range(60))
    known = [columns for columns in found if columns is not None]
    assert len(known) > 20
    same: list[bool] = []
    for first, second in zip(known[::2], known[1::2], strict=False):
        each = [first, second, first]
        owner = np.repeat(np.arange(3), [len(columns.owner) for columns in each])
        arrays = [np.concatenate([columns[k] for columns in each]) for k in range(2, 8)]
        together = LookAhead(
            first.config, first.window, *arrays, owner, joined([c.obstacles for c in each])
        )
        scales = together.allowed().scales
        assert scales[0] == scales[2]
        alone = [float(LookAhead(*columns).allowed().scales[0]) for columns in each[:2]]
        same += (scales[:2] == alone).tolist()
    # Pieces are as short as the one that needs the shortest has them, which may tell more.
    assert np.mean(same) > 0.85


def joined(obstacles: list[DynamicObstacles]) -> DynamicObstacles:
    """All of them, one after the other."""
    reaches = [each.reach for each in obstacles]
    return obstacles[0]._replace(
        places=np.concatenate([each.places for each in obstacles]),
        contacts=np.concatenate([each.contacts for each in obstacles]),
        touching=np.concatenate([each.touching for each in obstacles]),
        reach=Reach(
            np.concatenate([reach.headings for reach in reaches]),
            np.concatenate([reach.directions for reach in reaches]),
            np.concatenate([reach.step for reach in reaches]),
            np.concatenate([reach.supports for reach in reaches], axis=1),
        ),
    )


def test_every_state_in_which_the_robot_may_be_counts_in_the_second_look_in_any_order() -> None:
    rng = np.random.default_rng(7)
    scales, fewer, more = np.array((0.2, 0.5, 0.8, 1.0)), 0, 0
    for _ in range(150):
        columns = columns_of(draw(rng))
        if columns is None:
            continue
        here = columns.states
        there = here + np.array((0.1, -0.1, 0.3, 0.2, 0.3))
        one, other, twice = (np.concatenate(pair, axis=1) for pair in ((here, there),
                                                                       (there, here),
                                                                       (here, here)))  # fmt: skip
        limits = np.repeat(columns.limits, 2, axis=1)
        passed, turned, alone = (
            LookAhead(*columns._replace(states=states, limits=limits)).safe(scales)
            for states in (one, other, twice)
        )
        assert (passed == turned).all()
        fewer += int((alone & ~passed).sum())
        more += int((passed & ~alone).sum())
    # Two states pass less than one of them, but for pieces that the other one makes finer.
    assert fewer > 10
    assert more <= 0.1 * fewer
