"""`python -m vcp_cbf_safety.learning.curves FOLDER ...`: a picture of training runs."""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import matplotlib
import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

# Figures of curve.jsonl that are drawn, with what is written beside them and their unit.
_DRAWN = {
    'success': ('arrived', 100.0, '%'),
    'hit by peer': ('hit by a peer', 100.0, '%'),
    'time to goal': ('time to the goal', 1.0, 's'),
    'intervention': ('cycles changed by the program', 100.0, '%'),
}
# Rounds that one point of a curve averages.
_AVERAGED = 10


def read_curve(folder: Path) -> dict[str, NDArray[np.float64]]:
    """Figures by name, one number for each round of training.

    Raises:
        OSError: if there is no curve.jsonl in the folder.
    """
    lines = (folder / 'curve.jsonl').read_text(encoding='utf-8').splitlines()
    rounds = [json.loads(line) for line in lines]
    return {name: np.array([each[name] for each in rounds]) for name in rounds[0]}


def draw(folders: Sequence[Path], file: Path) -> None:
    """Save a picture with one curve for each run.

    Args:
        folders: of the runs, each with its curve.jsonl.
        file: PNG to write.
    """
    matplotlib.use('Agg')
    figure, axes = plt.subplots(1, len(_DRAWN), figsize=(13.0, 3.2), layout='constrained')
    for folder in folders:
        curve = read_curve(folder)
        for each, (name, (title, scale, unit)) in zip(axes, _DRAWN.items(), strict=True):
            each.plot(
                _mean(curve['steps']) / 1e6, scale * _mean(curve[name]), lw=1.2, label=folder.name
            )
            each.set(title=f'{title} [{unit}]', xlabel='million steps')
            each.grid(alpha=0.3)
    axes[0].legend(loc='lower right')
    file.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(file, dpi=80)
    plt.close(figure)


def _mean(numbers: NDArray[np.float64]) -> NDArray[np.float64]:
    """Moving mean over `_AVERAGED` rounds."""
    width = min(_AVERAGED, len(numbers))
    return np.convolve(numbers, np.full(width, 1.0 / width), 'valid')


def main(args: Sequence[str] | None = None) -> int:
    """Run the command line."""
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.learning.curves', description=__doc__
    )
    parser.add_argument('folders', type=Path, nargs='+', help='--out of training runs')
    parser.add_argument('--out', type=Path, default=Path('out/curves.png'))
    options = parser.parse_args(args)
    try:
        draw(options.folders, options.out)
    except OSError as error:
        print(f'curves: {error.filename}: {error.strerror}', file=sys.stderr)
        return 2
    print(f'{options.out} has the curves')
    return 0


if __name__ == '__main__':
    sys.exit(main())
