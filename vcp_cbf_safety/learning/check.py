"""Compare the robot's rows with those of the layer, in many random situations.

    python -m vcp_cbf_safety.learning.check --samples 10000

Ends with status 1 if any row differs by more than 1e-12.
"""

import argparse
import sys

import numpy as np
from tqdm import tqdm

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.consistency import verify_numpy_torch_consistency
from vcp_cbf_safety.learning.situations import draw_situation

TOLERANCE = 1e-12
CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.5,
    max_speed=1.0,
    max_yaw_rate=2.84,
)


def main(arguments: list[str] | None = None) -> int:
    """Run as the command line says."""
    parser = argparse.ArgumentParser(description=__doc__.split('\n')[0])
    parser.add_argument('--samples', type=int, default=10000, help='how many situations')
    parser.add_argument('--seed', type=int, default=0)
    options = parser.parse_args(arguments)
    if options.samples < 1:
        parser.error(f'--samples is {options.samples}; it must be at least 1')
    rng = np.random.default_rng(options.seed)
    rows, largest, worst = 0, 0.0, 'none'
    for number in tqdm(range(options.samples), 'situations', unit=''):
        result = verify_numpy_torch_consistency(CONFIG, draw_situation(CONFIG, rng))
        rows += len(result.names)
        if not result.largest <= largest:
            largest, worst = result.largest, f'{result.worst} in situation {number}'
    print(f'{options.samples} situations, {rows} rows, seed {options.seed}')
    print(f'largest difference between numpy and torch: {largest:.2e} ({worst})')
    return int(not largest <= TOLERANCE)


if __name__ == '__main__':
    sys.exit(main())
