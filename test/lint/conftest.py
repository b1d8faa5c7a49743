"""What the lint tests look at: the source tree, package.xml, and what setup.py declares."""

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import setuptools
from catkin_pkg.package import Package, parse_package_string

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope='session')
def root() -> Path:
    return ROOT


@pytest.fixture
def run_setup(monkeypatch: pytest.MonkeyPatch) -> Callable[[], dict[str, Any]]:
    """Run setup.py without building anything; gives what it passes to setuptools.setup."""

    def run() -> dict[str, Any]:
        passed: dict[str, Any] = {}
        monkeypatch.chdir(ROOT)
        monkeypatch.setattr(setuptools, 'setup', lambda **arguments: passed.update(arguments))
        runpy.run_path(str(ROOT / 'setup.py'))
        return passed

    return run


@pytest.fixture
def setup_arguments(run_setup: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    return run_setup()


@pytest.fixture(scope='session')
def package() -> Package:
    """package.xml as colcon and rosdep read it."""
    path = ROOT / 'package.xml'
    return parse_package_string(path.read_text(encoding='utf-8'), filename=str(path))
