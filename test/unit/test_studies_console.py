"""What a study shows in the terminal, and how its command ends."""

import json
import signal
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip('rich')
pytest.importorskip('matplotlib')
pytest.importorskip('domain_coordinator')

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.studies.console import (
    progress_bar,
    run_command,
    run_table,
    show,
    write_json,
)
from vcp_cbf_safety.studies.interruption import Interruption

FIGURES: dict[str, Any] = {
    'collisions': 2, 'worst_clearance_m': -0.0123, 'goals_reached': 1, 'robots': 3,
    'duration_s': 12.34, 'interventions': 5, 'intervened_share': 0.25, 'solve_p50_ms': 0.1,
    'solve_p99_ms': 0.2, 'tick_p99_ms': 0.3,
}  # fmt: skip


def test_a_run_without_filter_has_no_figures_of_one(capsys: pytest.CaptureFixture[str]) -> None:
    without = FIGURES | {'solve_p50_ms': None, 'solve_p99_ms': None, 'tick_p99_ms': None}
    show(run_table('Two runs', {'without': without, 'with': FIGURES}))
    said = {line.strip('│ ').split('│')[0].strip(): line
            for line in capsys.readouterr().out.splitlines()}  # fmt: skip
    assert said['goals reached'].count('1 of 3') == 2
    assert said['worst clearance [m]'].count('-0.012') == 2
    assert said['share of cycles changed'].count('25%') == 1
    assert said['solve p50 [ms]'].count(' - ') == 1


def test_a_progress_bar_takes_seconds_and_a_note(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_bar('a run', 10.0) as update:
        update(4.0, '1 of 3 arrived')
    assert '4.0 of 10 s  1 of 3 arrived' in capsys.readouterr().err


def test_figures_are_written_where_other_programs_read_them(tmp_path: Path) -> None:
    write_json(tmp_path / 'new' / 'figures.json', FIGURES)
    assert json.loads((tmp_path / 'new' / 'figures.json').read_text()) == FIGURES


def test_a_command_ends_with_its_own_code_or_with_a_sentence(
    capsys: pytest.CaptureFixture[str],
) -> None:
    pytest.importorskip('rclpy')

    def interrupted(interruption: Interruption) -> int:
        signal.raise_signal(signal.SIGTERM)
        interruption.check()
        return 0

    def mistaken(interruption: Interruption) -> int:
        raise ConfigurationError('margin is -1 m')

    assert run_command(lambda interruption: 7) == 7
    assert run_command(interrupted) == 128 + signal.SIGTERM
    assert run_command(mistaken) == 2
    assert capsys.readouterr().err.splitlines() == [
        'interrupted; every process has been stopped', 'margin is -1 m',
    ]  # fmt: skip
