"""Baselines of the benchmark answer alike, and what was measured becomes tables and pictures."""

import json
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('matplotlib')
pytest.importorskip('rich')
pytest.importorskip('scipy')
pytest.importorskip('tqdm')

from benchmarks import __main__ as everything
from benchmarks.baselines import FILTER
from benchmarks.figures import draw_steps
from benchmarks.qp_solvers import installed
from benchmarks.report import fill, node_table, step_tables
from benchmarks.scenes import CLUTTER, EIGHT, NEAR_PEERS, STATIC, TWO_PEERS, Course, Scene
from benchmarks.step import FLOOR, alone, measure, race
from vcp_cbf_safety import Twist2D

SOLVERS, MISSING = installed()
CYCLES = 4
COSTS = {'cpu_percent': 12.34, 'rss_mb': 70.4, 'start_s': 0.62}
TIMES = {'p50_ms': 1.0, 'p90_ms': 1.5, 'p99_ms': 2.0, 'max_ms': 9.0}
NODE = {
    '20 Hz': {'filter': COSTS | TIMES, 'relay': COSTS | TIMES},
    'BarrierNet': {'filter': COSTS, 'relay': COSTS | TIMES},
}


@pytest.fixture(scope='module')
def report() -> dict[str, Any]:
    scenes = measure([STATIC[0], EIGHT], CYCLES, 20.0, SOLVERS)
    return {
        'cycles': CYCLES, 'limit_s': 20.0, 'missing': {'nobody': 'not installed'},
        'scenes': scenes, 'load_average': 0.1, 'cores': 2, 'machine': 'x', 'python': '3',
        'numpy': '1', 'solvers': {},
    }  # fmt: skip


@pytest.mark.parametrize(
    'scene', [EIGHT, TWO_PEERS, NEAR_PEERS, CLUTTER, STATIC[3]], ids=lambda each: each.name
)
def test_every_solver_leads_to_the_command_of_the_filter(scene: Scene) -> None:
    found = race(scene, SOLVERS, CYCLES, limit=20.0)
    assert found['baselines'].keys() == {FILTER, *SOLVERS, FLOOR}
    assert not found['left_out']
    for name in (FILTER, *SOLVERS):
        each = found['baselines'][name]
        assert each['n'] == CYCLES
        assert each['largest_difference'] < 1e-6, name
        assert each['gave_up'] == 0, name


def test_scipy_is_among_the_solvers_and_what_is_missing_has_a_reason() -> None:
    assert 'SLSQP' in SOLVERS
    assert all(reason.startswith('not installed') for reason in MISSING.values())


def test_who_is_too_slow_sits_out_the_larger_scenes() -> None:
    solvers = {'SLSQP': SOLVERS['SLSQP'], 'never': lambda _: None}
    first, second = measure([STATIC[0], EIGHT], 2, 1e-9, solvers)
    assert first['left_out'].keys() >= {'SLSQP', 'never'}
    assert 'too slow for 4 circles' in second['left_out']['never']


def test_a_solver_that_gives_up_is_counted_and_the_filter_answers() -> None:
    found = race(EIGHT, {'never': lambda _: None}, CYCLES, limit=20.0)['baselines']['never']
    assert found['gave_up'] == CYCLES
    assert found['other_answers'] == 0


def test_robots_in_two_scenes_are_asked_the_same() -> None:
    first, second = Course(EIGHT), Course(NEAR_PEERS)
    for _ in range(150):
        here, there = first.cycle(), second.cycle()
        assert here.nominal == there.nominal
        assert here.robot == there.robot
        assert (len(here.hazards.peers), len(there.hazards.peers)) == (0, 3)
        first.move(Twist2D(0.3, 0.1))
        second.move(Twist2D(0.3, 0.1))


def test_the_filter_alone_is_timed_in_every_cycle() -> None:
    found = alone(EIGHT, 10)
    assert sum(found['outcomes'].values()) == 10
    assert found['rows'] == 2 * (8 + 4)


def test_figures_become_tables_pictures_and_text_between_markers(
    report: dict[str, Any], tmp_path: Path
) -> None:
    alone_table, ratios, *scenes = step_tables(report)
    assert [row[0] for row in alone_table.rows] == ['4 circles', '8 circles']
    assert ratios.headings == ('scene', FILTER, *SOLVERS, FLOOR)
    assert len(scenes) == 2
    folder = tmp_path / 'benchmarks'
    texts = everything.write({'step': report, 'node': NODE}, folder)
    assert json.loads((folder / 'results.json').read_text())['step'] == report
    for name in ('step', 'node'):
        assert (folder / f'{name}.png').read_bytes().startswith(b'\x89PNG')
        assert f'(benchmarks/{name}.png)' in texts[name]
    assert 'nobody: not installed' in texts['step']


def test_a_part_that_could_not_run_says_why(tmp_path: Path) -> None:
    left_out = {'left_out': 'rclpy is not installed'}
    texts = everything.write({'step': left_out, 'node': left_out}, tmp_path)
    assert texts == dict.fromkeys(('step', 'node'), 'Left out: rclpy is not installed.')
    assert everything.measure('node', (), needs='no_such_module') == {
        'left_out': 'no_such_module is not installed'
    }


def test_the_table_of_the_node_has_every_case_and_gaps_where_nothing_was_timed() -> None:
    costs = ('12.3', '70', '0.6')
    assert node_table(NODE).rows == [
        ('20 Hz', 'filter', '1.00', '1.50', '2.00', '9.00', *costs),
        ('20 Hz', 'relay', '1.00', '1.50', '2.00', '9.00', *costs),
        ('BarrierNet', 'filter', '', '', '', '', *costs),
        ('BarrierNet', 'relay', '1.00', '1.50', '2.00', '9.00', *costs),
    ]


def test_a_picture_is_drawn_when_nobody_else_is_installed(tmp_path: Path) -> None:
    draw_steps({'scenes': measure([EIGHT], 2, 20.0, {})}, tmp_path / 'step.png')
    assert (tmp_path / 'step.png').exists()


def test_only_what_is_between_the_markers_changes(tmp_path: Path) -> None:
    page = tmp_path / 'page.md'
    page.write_text('before\n<!-- step: begin -->\nold\n<!-- step: end -->\nafter\n')
    fill(page, 'step', r'new \1')
    fill(page, 'step', r'new \1')
    expected = 'before\n<!-- step: begin -->\nnew \\1\n<!-- step: end -->\nafter\n'
    assert page.read_text() == expected
    with pytest.raises(ValueError, match='has no <!-- node: begin -->'):
        fill(page, 'node', 'new')


def test_the_document_has_both_pairs_of_markers(tmp_path: Path) -> None:
    page = tmp_path / 'benchmarks.md'
    page.write_text(everything.PAGE.read_text())
    for name in ('step', 'node'):
        fill(page, name, 'figures')
