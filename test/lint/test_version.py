"""One version everywhere, and a changelog that fits it."""

import re
from pathlib import Path
from typing import Any

from catkin_pkg.package import Package

import vcp_cbf_safety


def sections(root: Path) -> dict[str, str]:
    """Text of the changelog by the title of its section, in order."""
    text = (root / 'CHANGELOG.rst').read_text(encoding='utf-8')
    parts = re.split(r'^(\S.*)\n-{3,}\n', text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


def as_numbers(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split('.'))


def test_package_xml_setup_and_module_have_one_version(
    package: Package, setup_arguments: dict[str, Any]
) -> None:
    assert package.version == setup_arguments['version'] == vcp_cbf_safety.__version__


def test_changelog_is_that_of_this_package(root: Path, package: Package) -> None:
    title = (root / 'CHANGELOG.rst').read_text(encoding='utf-8').splitlines()[1]
    assert title == f'Changelog for package {package.name}'


def test_changelog_opens_with_what_is_forthcoming_or_this_version(
    root: Path, package: Package
) -> None:
    title, text = next(iter(sections(root).items()))
    assert title == 'Forthcoming' or title.startswith(f'{package.version} (')
    assert text.lstrip().startswith('* ')


def test_changelog_goes_back_from_this_version(root: Path, package: Package) -> None:
    titles = [title for title in sections(root) if title != 'Forthcoming']
    assert all(re.fullmatch(r'\d+\.\d+\.\d+ \(\d{4}-\d\d-\d\d\)', title) for title in titles)
    versions = [as_numbers(title.split()[0]) for title in titles]
    assert versions == sorted(versions, reverse=True)
    assert all(version <= as_numbers(package.version) for version in versions)
