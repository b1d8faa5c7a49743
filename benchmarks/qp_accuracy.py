"""Compare the batched program with DAQP on many random programs, nasty ones included.

python -m benchmarks.qp_accuracy --programs 100000
"""

import argparse
import json
import sys
from pathlib import Path

import numpy as np
import torch
from rich.console import Console
from rich.table import Table
from tqdm import tqdm

from vcp_cbf_safety.learning.program import LayerStatus, solve
from vcp_cbf_safety.learning.specimens import KINDS, Specimens, daqp_answers, draw

ROWS = (4, 11, 20, 40)
ALLOWED_ERROR = 1e-9
ROUNDING = 1e-10
_CHUNK = 500


def compare(kind: str, m: int, count: int, rng: np.random.Generator) -> dict[str, float]:
    """Largest differences over one chunk of programs."""
    specimens = draw(kind, count, m, rng)
    answers = daqp_answers(specimens)
    solution = solve(*(torch.from_numpy(field) for field in specimens))
    feasible = np.isfinite(answers[:, 0])
    ours = solution.status.numpy() <= LayerStatus.FILTERED
    both = feasible & ours
    disputed = np.flatnonzero(feasible != ours)
    opened = daqp_answers(Specimens(*(field[disputed] for field in specimens)), ROUNDING)
    # where one feasible point is left DAQP may refuse by rounding what it accepts 1e-10 wider
    wrong = ~ours[disputed] | ~np.isfinite(opened[:, 0])
    error = np.abs(solution.u.numpy() - answers).max(1)[both]
    return {
        'programs': count,
        'feasible': int(feasible.sum()),
        'largest error': float(error.max(initial=0.0)),
        'off': int((error > ALLOWED_ERROR).sum()),
        'largest violation': float(solution.violation.numpy()[ours].max(initial=0.0)),
        'refused by rounding': int((~wrong).sum()),
        'flagged wrongly': int(wrong.sum()),
        'not finite': int((~solution.u.isfinite()).sum()),
    }


def main(arguments: list[str] | None = None) -> int:
    """Run the comparison, print a table, write out/qp_accuracy.json; 1 if anything is off."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument('--programs', type=int, default=100_000)
    parser.add_argument('--seed', type=int, default=1)
    parser.add_argument('--out', type=Path, default=Path('out'))
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    rng = np.random.default_rng(options.seed)
    cases = [(kind, m) for kind in KINDS for m in ROWS]
    each = -(-options.programs // len(cases))
    totals: dict[str, dict[str, float]] = {}
    with tqdm(total=each * len(cases), unit='program') as progress:
        for kind, m in cases:
            total = totals.setdefault(kind, {})
            for start in range(0, each, _CHUNK):
                part = compare(kind, m, min(_CHUNK, each - start), rng)
                for name, value in part.items():
                    before = total.get(name, 0)
                    larger = name.startswith('largest')
                    total[name] = max(before, value) if larger else before + value
                progress.update(int(part['programs']))
    table = Table(title=f'float64 against DAQP, m in {ROWS}, seed {options.seed}')
    columns = next(iter(totals.values()))
    for name in ('kind', *columns):
        table.add_column(name)
    for kind, total in totals.items():
        cells = (f'{v:.1e}' if isinstance(v, float) else str(v) for v in total.values())
        table.add_row(kind, *cells)
    Console(width=140).print(table)
    options.out.mkdir(parents=True, exist_ok=True)
    (options.out / 'qp_accuracy.json').write_text(json.dumps(totals, indent=2) + '\n')
    bad = ('off', 'flagged wrongly', 'not finite')
    return int(any(total[name] for total in totals.values() for name in bad))


if __name__ == '__main__':
    sys.exit(main())
