"""docs/architecture.md names every module and nothing that does not exist."""

import importlib
import re
from collections import Counter

import pytest
from documents import ROOT

TEXT = (ROOT / 'docs' / 'architecture.md').read_text(encoding='utf-8')
PACKAGE = ROOT / 'vcp_cbf_safety'
NAMED = set(re.findall(r'`([\w./*-]+)`', TEXT))


def test_every_module_has_one_line_in_the_tables_of_modules():
    tables = TEXT[TEXT.index('## 2. ') : TEXT.index('## 3. ')]
    lines = Counter(re.findall(r'^\| `([\w/]+\.py)` \|', tables, re.MULTILINE))
    modules = {
        path.relative_to(PACKAGE).as_posix()
        for path in PACKAGE.rglob('*.py')
        if path.name != '__init__.py'
    }
    assert set(lines) == modules
    assert set(lines.values()) == {1}


@pytest.mark.parametrize('path', sorted(name for name in NAMED if name.endswith(('.py', '.md'))))
def test_every_file_that_it_names_exists(path):
    places = [PACKAGE, ROOT, ROOT / 'docs']
    assert any(list(place.glob(path)) for place in places), path


@pytest.mark.parametrize(
    'name',
    sorted(
        name
        for name in NAMED
        if re.fullmatch(r'[a-z_]+(\.\w+)+', name)
        and not name.endswith(('.py', '.md', '.yaml', '.xml', '.rst', '.launch'))
    ),
)
def test_every_function_that_it_names_exists(name):
    module, *rest = name.split('.')
    path = f'vcp_cbf_safety.{module}'
    try:
        found = importlib.import_module(path)
    except ImportError:
        pytest.skip(f'{path} needs what is not installed')
    for part in rest:
        if not hasattr(found, part):
            path = f'{path}.{part}'
            found = importlib.import_module(path)
        else:
            found = getattr(found, part)
            path = f'{path}.{part}'
