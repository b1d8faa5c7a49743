"""What one parameter of the node is: its type, range and meaning, and which values are legal."""

import math
from dataclasses import dataclass
from enum import Enum
from typing import Any

from vcp_cbf_safety.errors import ConfigurationError


class Kind(str, Enum):
    """Type of a parameter, as ROS calls it."""

    BOOL = 'bool'
    DOUBLE = 'double'
    INT = 'int'
    STRING = 'string'
    DOUBLES = 'double[]'
    STRINGS = 'string[]'


# What is accepted for each kind. An empty list in YAML reaches a node as "no value", hence None.
_PYTHON_TYPES: dict[Kind, tuple[type, ...]] = {
    Kind.BOOL: (bool,),
    Kind.DOUBLE: (float, int),
    Kind.INT: (int,),
    Kind.STRING: (str,),
}

_PYTHON_ITEMS: dict[Kind, tuple[type, ...]] = {Kind.DOUBLES: (float, int), Kind.STRINGS: (str,)}

_TYPE_NAMES = {bool: 'a bool', int: 'an integer', float: 'a double', str: 'a string'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One parameter of the node.

    Attributes:
        name: its name, flat.
        kind: its type.
        default: its default.
        description: one sentence.
        unit: unit of its value, '' for none.
        low, high: smallest and largest legal number, both included; None when it is no number.
        rule: what is legal beyond the range, in words.
        choices: the legal texts; none when every text is.
        example: a legal value, where the default is empty.
        read_only: whether it can be set only at start.
    """

    name: str
    kind: Kind
    default: Any
    description: str
    unit: str = ''
    low: float | None = None
    high: float | None = None
    rule: str = ''
    choices: tuple[str, ...] = ()
    example: Any = None
    read_only: bool = False

    def checked(self, value: Any) -> Any:
        """The value with its exact Python type (float, list of float, ...).

        Raises:
            ConfigurationError: if type or range are wrong; the message names parameter, value and
                rule.
        """
        if self.kind in _PYTHON_ITEMS:
            return self._checked_list(value)
        if not _is_a(value, _PYTHON_TYPES[self.kind]):
            raise ConfigurationError(f'{self.name} is {typed(value)}; it must be {self._wanted}')
        if self.choices and value not in self.choices:
            raise ConfigurationError(f'{self.name} is {value!r}; it must be {self.rule}')
        return self._checked_number(value) if self.kind in (Kind.DOUBLE, Kind.INT) else value

    @property
    def _wanted(self) -> str:
        """The type, and how to write a value of it."""
        if self.kind is Kind.BOOL:
            return 'a bool, true or false'
        if self.choices:
            return f'a string, {self.rule}'
        example = self.example or self.default
        return f'a {self.kind.value}' + (f', such as {example!r}' if example != '' else '')

    def _checked_list(self, value: Any) -> Any:
        # A string is a sequence too, of letters.
        if isinstance(value, str | bytes | bool | int | float):
            raise ConfigurationError(f'{self.name} is {typed(value)}; it must be {self._wanted}')
        items = [] if value is None or len(value) == 0 else list(value)
        for index, item in enumerate(items):
            if not _is_a(item, _PYTHON_ITEMS[self.kind]):
                raise ConfigurationError(
                    f'{self.name}[{index}] is {typed(item)}; {self.name} must be {self._wanted}'
                )
        if self.kind is Kind.STRINGS:
            return items
        for index, item in enumerate(items):
            if not math.isfinite(item):
                raise ConfigurationError(
                    f'{self.name}[{index}] is {item}; it must be a finite number'
                )
        return [float(item) for item in items]

    def _checked_number(self, value: float) -> float:
        if not math.isfinite(value):
            raise ConfigurationError(f'{self.name} is {value}; it must be a finite number')
        if (self.low is not None and value < self.low) or (
            self.high is not None and value > self.high
        ):
            unit = f' {self.unit}' if self.unit else ''
            raise ConfigurationError(
                f'{self.name} is {value}{unit}; it must be between {self.low:g} and '
                f'{self.high:g}{unit}'
            )
        return int(value) if self.kind is Kind.INT else float(value)


def typed(value: Any) -> str:
    """A value as it is written, and its type."""
    if type(value) in _TYPE_NAMES:
        written = str(value).lower() if isinstance(value, bool) else repr(value)
        return f'{written}, {_TYPE_NAMES[type(value)]}'
    return f'{list(value)}, a list' if hasattr(value, '__len__') else repr(value)


def _is_a(value: Any, types: tuple[type, ...]) -> bool:
    return isinstance(value, types) and (bool in types or not isinstance(value, bool))
