"""Writes the parameters as a commented YAML file and as a table: `python -m <this module>`."""

from pathlib import Path
from typing import Any

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.parameter import Parameter
from vcp_cbf_safety.ros.parameters import PARAMETERS

_YAML_HEAD = """\
# Every parameter of the safety filter with its default.
# Written by `python -m vcp_cbf_safety.ros.parameter_files`; copy it and change the copy.
#
# Numbers need a decimal point, and strings that YAML takes for something else (y, no, 1) quotes.
/**:
  ros__parameters:
"""

_TABLE_HEAD = """\
# Parameters of the safety filter

Every parameter is declared in `vcp_cbf_safety/ros/parameters.py`; this table,
`config/safety_filter.yaml` and what `ros2 param describe` shows come from there
(`python -m vcp_cbf_safety.ros.parameter_files` writes the first two). An illegal value, alone or
together with others, ends the node with a sentence that names it; at run time it is refused and
nothing changes. Parameters marked *start* can only be set at start.

An empty list is written `[]`. Numbers need a decimal point (`1.0`), also inside lists.

| parameter | type | default | range | unit | meaning |
| --- | --- | --- | --- | --- | --- |
"""


def yaml_text() -> str:
    """Text of config/safety_filter.yaml."""
    return _YAML_HEAD + '\n'.join(_yaml_entry(p) for p in PARAMETERS.values())


def table_text() -> str:
    """Text of docs/parameters.md."""
    return _TABLE_HEAD + ''.join(_table_row(p) for p in PARAMETERS.values())


def range_text(parameter: Parameter) -> str:
    """Legal values in words."""
    limits = ''
    if parameter.low is not None and parameter.high is not None:
        limits = f'{parameter.low:g} to {parameter.high:g}'
    return ', '.join(part for part in (limits, parameter.rule) if part)


def _yaml_entry(parameter: Parameter) -> str:
    notes = [_kind_text(parameter), range_text(parameter)]
    if parameter.read_only:
        notes.append('only at start')
    lines = _wrapped(f'{parameter.description} ({"; ".join(note for note in notes if note)}).')
    comment = ''.join(f'    # {line}\n' for line in lines)
    return f'{comment}    {parameter.name}: {_yaml_value(parameter.default)}\n'


def _kind_text(parameter: Parameter) -> str:
    return f'{parameter.kind.value} [{parameter.unit}]' if parameter.unit else parameter.kind.value


def _yaml_value(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str):
        return f"'{value}'"
    if isinstance(value, list):
        return '[' + ', '.join(_yaml_value(item) for item in value) + ']'
    return repr(value)


def _wrapped(text: str, width: int = 92) -> list[str]:
    lines = ['']
    for word in text.split():
        if lines[-1] and len(lines[-1]) + 1 + len(word) > width:
            lines.append('')
        lines[-1] = f'{lines[-1]} {word}'.strip()
    return lines


def _table_row(parameter: Parameter) -> str:
    description = parameter.description + (' (*start*)' if parameter.read_only else '')
    kind = parameter.kind.value
    default = _yaml_value(parameter.default)
    return (
        f'| `{parameter.name}` | {kind} | `{default}` | {range_text(parameter)} '
        f'| {parameter.unit} | {description} |\n'
    )


def main() -> None:
    """Write both files into the source tree."""
    root = share_directory()
    Path(root / 'config' / 'safety_filter.yaml').write_text(yaml_text(), encoding='utf-8')
    Path(root / 'docs' / 'parameters.md').write_text(table_text(), encoding='utf-8')


if __name__ == '__main__':
    main()
