"""package.xml is a valid format 3 manifest and says the same as setup.py."""

from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from catkin_pkg.package import Package

# The elements of package format 3 (REP 149) in the order the style guide lists them.
ELEMENTS = [
    'name', 'version', 'description', 'maintainer', 'license', 'url', 'author', 'build_depend',
    'build_export_depend', 'buildtool_depend', 'buildtool_export_depend', 'exec_depend', 'depend',
    'doc_depend', 'test_depend', 'conflict', 'replace', 'group_depend', 'member_of_group',
    'export',
]  # fmt: skip


def test_manifest_is_valid_without_warnings(package: Package) -> None:
    warnings: list[str] = []
    package.validate(warnings=warnings)
    assert warnings == []
    assert package.package_format == 3


def test_elements_are_those_of_format_3_in_their_order(root: Path) -> None:
    tags = [element.tag for element in ElementTree.parse(root / 'package.xml').getroot()]
    assert set(tags) <= set(ELEMENTS)
    assert tags == sorted(tags, key=ELEMENTS.index)


def test_build_type_is_ament_python(package: Package) -> None:
    assert package.get_build_type() == 'ament_python'


def test_no_dependency_is_named_twice(package: Package) -> None:
    for kind in (package.exec_depends, package.test_depends):
        names = [dependency.name for dependency in kind]
        assert len(names) == len(set(names))


@pytest.mark.parametrize('field', ['name', 'license', 'maintainer', 'maintainer_email'])
def test_setup_says_the_same(
    package: Package, setup_arguments: dict[str, Any], field: str
) -> None:
    maintainer = package.maintainers[0]
    said = {
        'name': package.name,
        'license': package.licenses[0],
        'maintainer': maintainer.name,
        'maintainer_email': maintainer.email,
    }
    assert setup_arguments[field] == said[field]


def test_license_file_is_the_whole_apache_license(root: Path, package: Package) -> None:
    text = (root / package.licenses[0].file).read_text(encoding='utf-8')
    assert 'Apache License' in text
    assert 'Version 2.0, January 2004' in text
    assert 'END OF TERMS AND CONDITIONS' in text


def test_setup_prints_nothing(
    run_setup: Callable[[], dict[str, Any]], capfd: pytest.CaptureFixture[str]
) -> None:
    # colcon reads what setup.py prints.
    run_setup()
    assert capfd.readouterr() == ('', '')


def test_executable_has_a_wrapper_and_a_module(
    root: Path, setup_arguments: dict[str, Any]
) -> None:
    scripts = dict(
        line.split(' = ') for line in setup_arguments['entry_points']['console_scripts']
    )
    wrappers = {path.name: path for path in (root / 'resource' / 'lib').iterdir()}
    assert scripts.keys() == wrappers.keys()
    for name, target in scripts.items():
        module, function = target.split(':')
        source = (root / module.replace('.', '/')).with_suffix('.py').read_text(encoding='utf-8')
        assert f'def {function}(' in source
        assert wrappers[name].stat().st_mode & 0o111, f'{wrappers[name]} is not executable'


def test_wrappers_are_left_to_setup_cfg_under_colcon(
    run_setup: Callable[[], dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def folders() -> set[str]:
        return {folder for folder, _ in run_setup()['data_files']}

    monkeypatch.delenv('COLCON', raising=False)
    assert 'lib/vcp_cbf_safety' in folders()
    monkeypatch.setenv('COLCON', '1')
    assert 'lib/vcp_cbf_safety' not in folders()
