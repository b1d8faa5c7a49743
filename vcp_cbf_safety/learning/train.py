"""`python -m vcp_cbf_safety.learning.train`: teach a BarrierNet, in one process or many."""

import argparse
import dataclasses
import json
import sys
import time
from collections import deque
from pathlib import Path
from typing import Any

import torch
from tqdm import tqdm

from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.environment import Environment
from vcp_cbf_safety.learning.parallel import join_group, leave_group, own_device
from vcp_cbf_safety.learning.ppo import Learner
from vcp_cbf_safety.learning.training_files import (
    TrainingConfig,
    load_checkpoint,
    plain,
    read_config,
    save_checkpoint,
    save_model,
)
from vcp_cbf_safety.learning.worlds import TASKS

# Rounds between checkpoints, and rounds that the progress bar and the model's figures average.
_CHECKPOINT_EVERY = 20
_SHOWN = 20


def train(
    config: TrainingConfig,
    out: Path,
    *,
    seed: int = 0,
    resume: bool = False,
    device: torch.device | str = 'cpu',
    quiet: bool = False,
) -> Learner:
    """Train, and write checkpoints, curves and the model.

    Args:
        config: of worlds, network and learning.
        out: folder for model.safetensors with its YAML, curve.jsonl, checkpoints and TensorBoard.
        seed: of everything random.
        resume: go on from the checkpoint in `out`.
        device: of all tensors.
        quiet: without a progress bar.
    """
    device = own_device(device)
    group = join_group(device)
    share = (group.rank, group.size)
    nearest = config.barriernet.nearest
    environment = Environment(
        config.environment, seed, nearest=nearest, share=share, device=device
    )
    learner = Learner(environment, config.barriernet, config.ppo, seed, group)
    if resume:
        load_checkpoint(out, learner, config, seed)
    out.mkdir(parents=True, exist_ok=True)
    per_round = config.ppo.horizon * config.environment.robots
    curves = _Curves(out, learner.update, per_round) if group.leads else None
    recent: deque[dict[str, float]] = deque(maxlen=_SHOWN)
    bar = tqdm(
        total=config.ppo.updates,
        initial=learner.update,
        disable=quiet or not group.leads,
        unit='update',
    )
    while learner.update < config.ppo.updates:
        started = time.perf_counter()
        figures = learner.round()
        rate = per_round / (time.perf_counter() - started)
        recent.append(figures)
        if curves is not None:
            curves.write(learner.update, figures, rate, per_round)
        mean = _mean(recent)
        bar.set_postfix_str(
            f'success {mean["success"]:.1%}, collisions {mean["collisions"]:.2%}, '
            f'hit {mean["hit by peer"]:.1%}, intervention {mean["intervention"]:.0%}, '
            f'{mean["time to goal"]:.1f} s, {rate:,.0f} steps/s',
            refresh=False,
        )
        bar.update()
        if learner.update % _CHECKPOINT_EVERY == 0 or learner.update == config.ppo.updates:
            save_checkpoint(out, learner, config, seed)
            if group.leads:
                save_model(out, learner.policy, _about(config, seed, learner, _mean(recent)))
    bar.close()
    if curves is not None:
        curves.close()
    return learner


class _Curves:
    """Figures of every round: JSON lines, and TensorBoard where it is installed."""

    def __init__(self, out: Path, update: int, steps: int) -> None:
        path = out / 'curve.jsonl'
        written = update and path.is_file()
        lines = path.read_text(encoding='utf-8').splitlines() if written else []
        self._file = path.open('w', encoding='utf-8', buffering=1)
        self._file.writelines(f'{line}\n' for line in lines[:update])
        try:
            from torch.utils.tensorboard import SummaryWriter
        except ImportError:
            self._board = None
        else:
            # of a run that is resumed, what was written after its checkpoint is forgotten
            self._board = SummaryWriter(str(out / 'tensorboard'), purge_step=update * steps + 1)

    def write(self, update: int, figures: dict[str, float], rate: float, steps: int) -> None:
        self._file.write(json.dumps({'update': update, 'steps': update * steps} | figures) + '\n')
        if self._board is None:
            return
        for name, value in (figures | {'steps per second': rate}).items():
            self._board.add_scalar(name.replace(' ', '_'), value, update * steps)

    def close(self) -> None:
        self._file.close()
        if self._board is not None:
            self._board.close()


def _mean(figures: deque[dict[str, float]]) -> dict[str, float]:
    """Mean of the last rounds, weighted by their episodes where that is what they count."""
    episodes = sum(each['episodes'] for each in figures) or 1.0
    mean = {
        name: sum(each[name] * each['episodes'] for each in figures) / episodes
        for name in ('success', 'collisions', 'hit by peer', 'timeout', 'time to goal')
    }
    mean['intervention'] = sum(each['intervention'] for each in figures) / len(figures)
    return mean


def _about(
    config: TrainingConfig, seed: int, learner: Learner, figures: dict[str, float]
) -> dict[str, Any]:
    steps = learner.update * config.ppo.horizon * config.environment.robots
    parts = plain(config)
    return {
        'task': config.environment.task,
        'seed': seed,
        'updates': learner.update,
        'steps': steps,
        'processes': learner.group.size,
        'torch': str(torch.__version__),
        'training_figures': {name: round(value, 4) for name, value in figures.items()},
        'environment': parts['environment'],
        'ppo': parts['ppo'],
    }


def _arguments(args: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog='python -m vcp_cbf_safety.learning.train', description=__doc__
    )
    parser.add_argument('--task', choices=TASKS, help='instead of the one in the configuration')
    parser.add_argument('--config', type=Path, required=True, help='YAML file')
    parser.add_argument('--seed', type=int, default=0)
    parser.add_argument('--out', type=Path, default=None, help='folder (out/barriernet/<task>)')
    parser.add_argument('--resume', action='store_true', help='go on from the checkpoint there')
    parser.add_argument('--updates', type=int, help='instead of the number in the configuration')
    parser.add_argument('--robots', type=int, help='instead of the number in the configuration')
    parser.add_argument('--device', default='cpu', help='cpu or cuda')
    parser.add_argument('--threads', type=int, default=1, help='of torch in each process')
    parser.add_argument('--quiet', action='store_true', help='no progress bar')
    return parser.parse_args(args)


def main(args: list[str] | None = None) -> int:
    """Run the command line."""
    options = _arguments(args)
    try:
        torch.set_num_threads(max(1, options.threads))
        config = read_config(options.config, options.task)
        if options.updates is not None:
            config = config._replace(ppo=dataclasses.replace(config.ppo, updates=options.updates))
        if options.robots is not None:
            config = config._replace(
                environment=dataclasses.replace(config.environment, robots=options.robots)
            )
        out = options.out or Path('out') / 'barriernet' / config.environment.task
        train(
            config,
            out,
            seed=options.seed,
            resume=options.resume,
            device=options.device,
            quiet=options.quiet,
        )
    except ConfigurationError as error:
        print(f'{Path(sys.argv[0]).name}: {error}', file=sys.stderr)
        return 2
    finally:
        leave_group()
    return 0


if __name__ == '__main__':
    sys.exit(main())
