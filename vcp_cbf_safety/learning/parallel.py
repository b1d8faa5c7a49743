"""One process or many: the same sums over all of them."""

import os
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor, nn

from vcp_cbf_safety.errors import ConfigurationError


@dataclass(frozen=True, slots=True)
class Group:
    """Processes that learn together, as `torchrun` starts them; one alone without it.

    Attributes:
        rank: number of this process.
        size: of how many.
    """

    rank: int = 0
    size: int = 1

    @property
    def leads(self) -> bool:
        """Whether this process writes files and shows progress."""
        return self.rank == 0

    def total(self, numbers: Tensor) -> Tensor:
        """Sum of a tensor over all processes."""
        if self.size > 1:
            dist.all_reduce(numbers)
        return numbers

    def add_gradients(self, module: nn.Module) -> None:
        """Replace every gradient by the sum over all processes."""
        if self.size == 1:
            return
        leaves = [p for p in module.parameters() if p.requires_grad]
        parts = [torch.zeros_like(p) if p.grad is None else p.grad for p in leaves]
        flat = torch.cat([part.flatten() for part in parts])
        dist.all_reduce(flat)
        sizes = [p.numel() for p in leaves]
        for parameter, part in zip(leaves, flat.split(sizes), strict=True):
            parameter.grad = part.view_as(parameter).clone()


def own_device(device: torch.device | str) -> torch.device:
    """The device of this process; of several GPUs everybody takes one.

    Raises:
        ConfigurationError: if there is no such device.
    """
    own = torch.device(device)
    if own.type != 'cuda':
        return own
    index = own.index if own.index is not None else int(os.environ.get('LOCAL_RANK', '0'))
    if index >= torch.cuda.device_count():
        raise ConfigurationError(
            f'device is {device}, process {index} of this host; torch sees '
            f'{torch.cuda.device_count()} CUDA devices'
        )
    return torch.device('cuda', index)


def join_group(device: torch.device) -> Group:
    """Meet the processes that `torchrun` started, if it did."""
    size = int(os.environ.get('WORLD_SIZE', '1'))
    if size == 1:
        return Group()
    if not dist.is_initialized():
        dist.init_process_group('nccl' if device.type == 'cuda' else 'gloo')
    return Group(dist.get_rank(), size)


def leave_group() -> None:
    """Say goodbye to the other processes."""
    if dist.is_available() and dist.is_initialized():
        dist.destroy_process_group()
