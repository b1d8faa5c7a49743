"""A short fault campaign from the command line, with real nodes over DDS."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('rich')
pytest.importorskip('matplotlib')

ROOT = Path(__file__).resolve().parents[2]
NAMES = ('no_filter', 'odom_stops', 'odom_nan', 'twist_zero', 'odom_restarts', 'filter_killed')


def campaign(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, '-m', 'vcp_cbf_safety.studies.faults', *map(str, arguments)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110.0,
        check=False,
    )


@pytest.fixture(scope='module')
def short_campaign(tmp_path_factory: pytest.TempPathFactory) -> tuple[int, str, dict[str, Any]]:
    """Exit code, output and figures of a few faults."""
    out = tmp_path_factory.mktemp('faults')
    result = campaign('--only', *NAMES, '--out', out)
    assert result.returncode in (0, 1), result.stderr
    return result.returncode, result.stdout, json.loads((out / 'faults.json').read_text())


def test_exit_code_and_table_say_what_the_figures_say(
    short_campaign: tuple[int, str, dict[str, Any]],
) -> None:
    code, output, results = short_campaign
    assert tuple(results['faults']) == NAMES
    assert results['good'] is all(f['verdict'] == 'good' for f in results['faults'].values())
    assert code == (0 if results['good'] else 1)
    for name in NAMES:
        assert name in output


@pytest.mark.parametrize('name', NAMES)
def test_fault_has_its_reaction_and_no_collision(
    short_campaign: tuple[int, str, dict[str, Any]], name: str
) -> None:
    figures = short_campaign[2]['faults'][name]
    # How quickly is for the campaign to judge, on a machine that is left alone.
    wrong = [each for each in figures['wrong'] if not each.startswith('reacted after')]
    assert wrong == []
    assert figures['collisions'] == (1 if name == 'no_filter' else 0)
    if name.startswith(('odom_', 'twist_')):
        assert figures['reaction_periods'] is not None
        assert '/robot1/odom' in figures['observed']


def test_unknown_fault_is_named() -> None:
    result = campaign('--only', 'meteorite')
    assert result.returncode == 2
    assert 'meteorite' in result.stderr
    assert 'odom_stops' in result.stderr
