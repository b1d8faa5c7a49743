"""Rows of a batch of programs, made by the functions that make them on the robot."""

import math
from functools import reduce
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.arguments import check_arguments, check_body, refuse
from vcp_cbf_safety.learning.scenes import Scenes
from vcp_cbf_safety.motion.braking import changes_in, reachable_interval
from vcp_cbf_safety.motion.unicycle import directed_input_matrix
from vcp_cbf_safety.qp.assembly import care_of, steering_offset, total_inflation
from vcp_cbf_safety.qp.constraints import Level
from vcp_cbf_safety.qp.rows import Care, hazard_rows

BOUND_ROWS = 4

# How readily rows give way, as `program.solve` counts it: the highest first, zero never.
_NEVER = 0
_CLASS_OF_LEVEL_ZERO = int(max(Level)) + 1
_STEERING_CLASS = _CLASS_OF_LEVEL_ZERO - int(Level.STEERING)


class Constraints(NamedTuple):
    """Rows G u <= h of a batch, in the order steering (n), body (n), bounds (4).

    The bounds are v <= , omega <= , -v <= , -omega <= . Rows that are padding read
    v <= max_speed + 1: no row of zeros, and beyond the bounds.

    Attributes:
        G: (B, m, 2), m = 2 n + 4.
        h: (B, m).
        hard: (B, m) right-hand sides that hold even where rows give way; inf for no limit.
        soft: (B, m) int64: 0 never gives way; of the others the highest gives way first.
        real: (B, m) False for padding.
        min_barrier: (B,) smallest distance barrier at the axle centre [m]; inf without hazards.
    """

    G: Tensor
    h: Tensor
    hard: Tensor
    soft: Tensor
    real: Tensor
    min_barrier: Tensor


class ConstraintBuilder(nn.Module):
    """Batched twin of `qp.assembly.assemble`.

    Args:
        config: the filter's parameters.

    Raises:
        ConfigurationError: if the body is not round.
    """

    _limits: Tensor
    _bound_rows: Tensor
    _turns: Tensor

    def __init__(self, config: FilterConfig) -> None:
        super().__init__()
        check_body(config)
        self.config = config
        yaw, reached = config.max_yaw_rate, changes_in(config, config.period)
        limits = (
            (config.min_speed, -yaw),
            (config.max_speed, yaw),
            (reached.up, reached.turn),
        )
        constants = {
            '_limits': torch.tensor(limits, dtype=torch.float64),
            '_bound_rows': torch.cat((torch.eye(2), -torch.eye(2))).double(),
            '_turns': torch.from_numpy(care_of(config, ()).turns),
        }
        for name, value in constants.items():
            self.register_buffer(name, value, persistent=False)

    def forward(
        self,
        states: Tensor,
        hazards: Scenes,
        u_nom: Tensor,
        steering_gain: Tensor | None = None,
        last_command: Tensor | None = None,
    ) -> Constraints:
        """Rows of every member; see `layer.DifferentiableVCPCBFQP.forward`."""
        arguments = (states, hazards, u_nom, steering_gain, last_command)
        check_arguments(*arguments)
        leaves = (states, *hazards, u_nom, steering_gain, last_command)
        if torch.is_grad_enabled() and any(x is not None and x.requires_grad for x in leaves):
            return self._build(*arguments)
        with torch.inference_mode():  # a sixth faster than without gradients alone
            rows = self._build(*arguments)
        return Constraints(*(each.clone() for each in rows))

    def _build(
        self,
        states: Tensor,
        hazards: Scenes,
        u_nom: Tensor,
        steering_gain: Tensor | None,
        last_command: Tensor | None,
    ) -> Constraints:
        config = self.config
        offset = steering_offset(config, u_nom[:, 0], _lowest, _highest)
        offsets = pad(offset.unsqueeze(1), (0, 1))
        matrices = _input_matrices(states[:, 2], offsets)
        points = states[:, None, :2] + offsets.unsqueeze(2) * matrices[..., 0]
        barriers = hazards.barriers(points, total_inflation(config))
        rows, caps = hazard_rows(
            barriers,
            matrices,
            hazards.velocities.unsqueeze(1),
            hazards.responsibility.unsqueeze(1),
            self._care(steering_gain, states),
        )
        size, n = hazards.real.shape
        bound_rows = self._bound_rows.to(rows.G.dtype).expand(size, -1, -1)
        G = torch.cat((rows.G.flatten(1, 2), bound_rows), 1)
        h = torch.cat((rows.h.flatten(1), self._bounds(states, u_nom, last_command)), 1)
        caps = pad(caps[:, 1], (n, BOUND_ROWS), value=math.inf)
        body_class = _CLASS_OF_LEVEL_ZERO - hazards.level
        soft = pad(pad(body_class, (n, 0), value=_STEERING_CLASS), (0, BOUND_ROWS), value=_NEVER)
        real = pad(hazards.real.repeat(1, 2), (0, BOUND_ROWS), value=True)
        padding = ~real
        # h alone hides an infinite radius, speed or gain behind a limit
        total = h.sum() + barriers.h.sum() + hazards.velocities.sum() + states.sum()
        if steering_gain is not None:
            total = total + steering_gain.sum()
        if not math.isfinite(total.item()):
            refuse(u_nom=u_nom, states=states, steering_gain=steering_gain,
                    last_command=last_command, **hazards._asdict())  # fmt: skip
        h = h.masked_fill(padding, config.max_speed + 1.0)
        return Constraints(
            G=torch.where(real.unsqueeze(2), G, self._bound_rows[0].to(G.dtype)),
            h=h,
            # a cap is never below its row but for rounding
            hard=torch.maximum(caps, h.detach()).masked_fill_(padding, math.inf).detach(),
            soft=soft.masked_fill_(padding, _NEVER),
            real=real,
            min_barrier=_smallest(barriers.h[:, 1], hazards.real),
        )

    def _care(self, steering_gain: Tensor | None, like: Tensor) -> Care:
        """The configuration's, with gains (B or 1, 2, 1 or n) of steering and body rows."""
        config = self.config
        if steering_gain is None:
            gains = like.new_tensor(((config.steering_gain,), (config.body_gain,)))
        else:
            gain = steering_gain.reshape(len(like), 1, -1)
            gains = pad(gain, (0, 0, 0, 1), value=config.body_gain)
        return care_of(config, gains)._replace(turns=self._turns.to(gains.dtype))

    def _bounds(self, states: Tensor, u_nom: Tensor, last_command: Tensor | None) -> Tensor:
        """Right-hand sides (B, 4) of the bounds on v and omega."""
        low, high, change = self._limits.to(states.dtype).unbind(0)
        if states.shape[1] == 3:
            low, high = low.expand_as(u_nom), high.expand_as(u_nom)
        else:
            now = states[:, 3:]
            then = now if last_command is None else last_command
            low, high = reachable_interval(
                (now, then), u_nom, change, (low, high), _lowest, _highest
            )
        return torch.cat((high, -low), 1)


def _input_matrices(heading: Tensor, offsets: Tensor) -> Tensor:
    """Input matrices (B, p, 2, 2) of points at offsets (B, p) on each robot's axis."""
    cosine, sine = (x.unsqueeze(1) for x in (heading.cos(), heading.sin()))
    first, second = directed_input_matrix(cosine, sine, offsets)
    entries = [entry.expand_as(offsets) for entry in (*first, *second)]
    return torch.stack(entries, 2).unflatten(2, (2, 2))


def _smallest(barriers: Tensor, real: Tensor) -> Tensor:
    if not real.shape[1]:
        return barriers.new_full((len(barriers),), math.inf)
    return torch.where(real, barriers, math.inf).amin(1)


def _lowest(*values: Tensor | float) -> Tensor:
    """Elementwise minimum of tensors and numbers."""
    tensors, numbers = _apart(values)
    least = reduce(torch.minimum, tensors)
    return least.clamp(max=min(numbers)) if numbers else least


def _highest(*values: Tensor | float) -> Tensor:
    """Elementwise maximum of tensors and numbers."""
    tensors, numbers = _apart(values)
    most = reduce(torch.maximum, tensors)
    return most.clamp(min=max(numbers)) if numbers else most


def _apart(values: tuple[Tensor | float, ...]) -> tuple[list[Tensor], list[float]]:
    tensors = [value for value in values if isinstance(value, Tensor)]
    return tensors, [value for value in values if not isinstance(value, Tensor)]
