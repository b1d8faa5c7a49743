"""ruff and mypy find nothing; every file is short and says what it is for."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OURS = ('vcp_cbf_safety', 'test', 'launch', 'benchmarks', 'tools', 'docs')
FILES = [ROOT / 'setup.py', *sorted(p for each in OURS for p in (ROOT / each).rglob('*.py'))]

# One run of a tool over the whole tree can take this long on a slow machine [s].
PATIENCE = 300


def run_tool(name: str, *arguments: str) -> None:
    if importlib.util.find_spec(name) is None:
        pytest.skip(f'{name} is not installed; it comes with the extra `dev`')
    result = subprocess.run(
        [sys.executable, '-m', name, *arguments],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.parametrize('arguments', [('check', '.'), ('format', '--check', '.')], ids=' '.join)
def test_ruff_finds_nothing(arguments: tuple[str, ...]) -> None:
    run_tool('ruff', *arguments)


@pytest.mark.timeout(PATIENCE)
def test_mypy_finds_nothing() -> None:
    run_tool('mypy')


@pytest.mark.parametrize('path', FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_opens_with_a_sentence_and_has_at_most_300_lines(path: Path) -> None:
    text = path.read_text(encoding='utf-8')
    summary = (ast.get_docstring(ast.parse(text)) or '').split('\n\n')[0]
    assert summary.endswith('.'), f'{path.name} opens with {summary!r}'
    lines = len(text.splitlines())
    assert lines <= 300, f'{path.name} has {lines} lines; split it by what it is for'


@pytest.mark.parametrize('script', ['tools/bootstrap.sh', '.ci/run'])
def test_shell_script_parses_and_stops_at_the_first_error(script: str) -> None:
    path = ROOT / script
    subprocess.run(['bash', '-n', str(path)], check=True, timeout=30)
    assert 'set -euo pipefail' in path.read_text(encoding='utf-8').splitlines()
    assert path.stat().st_mode & 0o111, f'{script} is not executable'
