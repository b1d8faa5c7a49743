"""Types of command-line arguments that several commands share."""

import argparse
import math
import os
from collections.abc import Sequence

from vcp_cbf_safety.configuration import FilterConfig, check_quantity
from vcp_cbf_safety.errors import ConfigurationError


def positive(text: str) -> float:
    """A positive, finite number."""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not 0.0 < value < math.inf:
        raise argparse.ArgumentTypeError(f'{text!r} is not a positive number')
    return value


def count(text: str) -> int:
    """A whole number that is at least 1."""
    try:
        value = int(text)
    except ValueError:
        value = 0
    if value < 1:
        raise argparse.ArgumentTypeError(f'{text!r} is not a whole number of at least 1')
    return value


def filter_parameters(settings: Sequence[str]) -> dict[str, float]:
    """Values of `--set NAME=VALUE`, where the names are parameters of the filter.

    Raises:
        ConfigurationError: if there is no such parameter, or its value is not legal.
    """
    quantities = FilterConfig.quantities()
    values: dict[str, float] = {}
    for setting in settings:
        name, _, text = setting.partition('=')
        if name not in quantities:
            raise ConfigurationError(
                f'--set {setting}: there is no parameter {name!r}; there are '
                f'{", ".join(sorted(quantities))}'
            )
        try:
            values[name] = float(text)
        except ValueError:
            raise ConfigurationError(f'--set {setting}: {text!r} is not a number') from None
        check_quantity(name, values[name], quantities[name])
    return values


def add_workers(parser: argparse.ArgumentParser) -> None:
    """Options that say who runs the jobs of a study, see `workers.results`."""
    parser.add_argument(
        '--processes', type=count, default=os.cpu_count(), help='on this computer (all cores)'
    )
    parser.add_argument(
        '--scheduler', metavar='ADDRESS', help='dask scheduler instead, as tcp://host:8786'
    )
