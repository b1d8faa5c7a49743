"""Tables of injected faults, and the command that injects them."""

import json
from pathlib import Path

import pytest

pytest.importorskip('rclpy')
pytest.importorskip('rich')
pytest.importorskip('matplotlib')

from vcp_cbf_safety.studies.demo.fleet import FleetError
from vcp_cbf_safety.studies.faults import __main__ as command
from vcp_cbf_safety.studies.faults import campaign
from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.fault import Fault
from vcp_cbf_safety.studies.faults.recording import Recording
from vcp_cbf_safety.studies.faults.report import as_json, markdown
from vcp_cbf_safety.studies.faults.verdict import Verdict, failed

GOOD = Verdict(1.234, 'brakes', (), 0.12345, 0, ())
NAME, OTHER = list(FAULTS)[:2]


def test_a_run_that_failed_has_empty_cells_and_says_why() -> None:
    found = as_json({NAME: GOOD, OTHER: failed('a node died')})
    assert not found['good']
    assert found['faults'][NAME]['reaction_periods'] == 1.23
    assert found['faults'][NAME]['verdict'] == 'good'
    assert found['faults'][OTHER]['wrong'] == ['a node died']
    assert found['faults'][OTHER]['reaction_periods'] is None
    *_, first, second = markdown({NAME: GOOD, OTHER: failed('a | node died')}).splitlines()
    assert first.endswith('| 1.2 | 0 | 0.123 | good |')
    assert second.endswith('bad; a / node died |')


def test_the_command_writes_table_and_figures_and_fails_for_a_bad_verdict(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(fault: Fault, folder: Path, interruption: object, show: object) -> Recording:
        assert folder == tmp_path / 'log' / fault.name
        if fault.name == NAME:
            raise FleetError('the filter died')
        show('driving')  # type: ignore[operator]
        return Recording(injected=1.0, ended=2.0)

    monkeypatch.setattr(campaign, 'run_fault', run)
    assert command.main(['--only', NAME, OTHER, '--out', str(tmp_path)]) == 1
    assert set(json.loads((tmp_path / 'faults.json').read_text())['faults']) == {NAME, OTHER}
    assert 'the filter died' in (tmp_path / 'faults.md').read_text()
    assert f'{NAME}: the filter died' in capsys.readouterr().err


def test_the_command_names_its_faults(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(['--list']) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()] == list(FAULTS)
    assert command.main(['--only', 'no_such_fault']) == 2
    assert 'no_such_fault: there is no such fault' in capsys.readouterr().err
