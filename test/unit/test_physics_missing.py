"""Without MuJoCo, what needs it ends with a sentence, and everything else works."""

import sys
from pathlib import Path

import pytest

from vcp_cbf_safety.sim.physics.engine import PhysicsMissingError, engine
from vcp_cbf_safety.studies.physics.__main__ import main


@pytest.fixture
def no_engine(monkeypatch: pytest.MonkeyPatch) -> None:
    # None in sys.modules makes any import of that name fail.
    monkeypatch.setitem(sys.modules, 'mujoco', None)


@pytest.mark.usefixtures('no_engine')
def test_the_engine_says_how_to_get_it() -> None:
    with pytest.raises(PhysicsMissingError, match=r'vcp_cbf_safety\[physics\]'):
        engine()


@pytest.mark.usefixtures('no_engine')
def test_the_study_ends_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(['--episodes', '1', '--out', str(tmp_path)]) == 2
    assert capsys.readouterr().err == (
        "physics: this needs mujoco: pip install 'vcp_cbf_safety[physics]'\n"
    )
