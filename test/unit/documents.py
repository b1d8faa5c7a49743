"""Tables and code blocks of the documents, for tests that hold them to the code."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
DOCS = ROOT / 'docs'
TOP = ('README.md', 'CONTRIBUTING.md', 'QUALITY_DECLARATION.md')
DOCUMENTS = [*(ROOT / name for name in TOP), *sorted(DOCS.glob('*.md'))]


def rows(document: str, heading: str) -> list[dict[str, str]]:
    """Rows of all tables below a heading, up to the next one: cells by the title of the column.

    Args:
        document: name of a file in docs/.
        heading: its text without the number signs.
    """
    text = (DOCS / document).read_text(encoding='utf-8')
    sections = re.split(r'^#+ +(.+)$', text, flags=re.MULTILINE)
    section = dict(zip(sections[1::2], sections[2::2], strict=True))[heading]
    found: list[dict[str, str]] = []
    titles: list[str] = []
    for line in section.splitlines():
        if not line.startswith('|'):
            titles = []
            continue
        cells = [cell.strip() for cell in line.strip('|').split('|')]
        if not titles:
            titles = cells
        elif set(line) - set('|- :'):
            found.append(dict(zip(titles, cells, strict=True)))
    assert found, f'{document} has no table below {heading!r}'
    return found


def names(cell: str) -> list[str]:
    """What stands between backquotes."""
    return re.findall(r'`([^`]*)`', cell)


def blocks(path: Path, language: str) -> list[str]:
    """The code blocks of one language, in their order, without the indentation of a list."""
    text = path.read_text(encoding='utf-8')
    found = re.findall(rf'^( *)```{language}\n(.*?)^ *```', text, re.DOTALL | re.MULTILINE)
    return [re.sub(rf'^{indent}', '', body, flags=re.MULTILINE) for indent, body in found]


def launch_arguments(launch_file: Path) -> dict[str, object]:
    """Arguments of a launch file with their defaults, None where that is no literal."""
    declared = {}
    for call in ast.walk(ast.parse(launch_file.read_text(encoding='utf-8'))):
        if getattr(getattr(call, 'func', None), 'id', '') == 'DeclareLaunchArgument':
            default = next(each.value for each in call.keywords if each.arg == 'default_value')
            declared[call.args[0].value] = getattr(default, 'value', None)
    return declared
