"""Figures of a run: how collisions, interventions and timings are counted."""

import json

import pytest

from vcp_cbf_safety.studies.demo.record import Contact, RobotRun, RunRecord, TrackPoint, figures


def track(*outcomes: tuple[float, str]) -> list[TrackPoint]:
    return [TrackPoint(time, 0.0, 0.0, 0.0, outcome) for time, outcome in outcomes]


def robot(**changes: object) -> RobotRun:
    values: dict[str, object] = {
        'track': [], 'contacts': [], 'worst_clearance': 0.3, 'arrived_at': 4.0,
    }  # fmt: skip
    return RobotRun(**values | changes)  # type: ignore[arg-type]


def test_a_collision_of_two_robots_counts_once() -> None:
    run = RunRecord(
        False,
        5.0,
        {
            'a': robot(contacts=[Contact(1.0, 0, 0, 'b'), Contact(2.0, 0, 0, 'obstacle3')]),
            'b': robot(contacts=[Contact(1.0, 0, 0, 'a')], arrived_at=None, worst_clearance=-0.01),
        },
    )
    assert run.collisions == 2
    assert run.goals_reached == 1
    assert run.worst_clearance == -0.01


@pytest.mark.parametrize(
    ('points', 'expected'),
    [
        ([(0.0, 'nominal'), (1.0, 'filtered'), (1.1, 'nominal'), (1.3, 'filtered')], 1),
        ([(0.0, 'filtered'), (0.1, 'nominal'), (1.0, 'braking')], 2),
        ([(0.0, ''), (1.0, '')], 0),
    ],
)
def test_interventions_close_together_are_one(
    points: list[tuple[float, str]], expected: int
) -> None:
    assert robot(track=track(*points)).interventions == expected


def test_figures_of_a_filtered_run_are_what_a_reader_of_the_json_needs() -> None:
    timing = {'solve_p50_ms': '0.02', 'solve_p99_ms': '0.1', 'tick_p99_ms': '1.5'}
    slower = timing | {'tick_p99_ms': '2.5', 'late_ticks': '1'}
    run = RunRecord(
        True,
        12.345,
        {
            'a': robot(outcomes={'nominal': 60, 'filtered': 40}, diagnostics=timing),
            'b': robot(outcomes={'nominal': 100, 'filtered': 0}, diagnostics=slower),
        },
    )
    found = json.loads(json.dumps(figures(run)))
    assert found['collisions'] == 0
    assert found['robots'] == 2
    assert found['goals_reached'] == 2
    assert found['intervened_share'] == 0.2
    assert found['tick_p99_ms'] == 2.5
    assert found['per_robot']['b']['late_ticks'] == 1


def test_figures_of_an_unfiltered_run_have_no_timing() -> None:
    found = figures(RunRecord(False, 1.0, {'a': robot()}))
    assert found['solve_p50_ms'] is None
    assert found['intervened_share'] == 0.0
