"""The safety filter's program as a layer: states and hazards in, safe commands out."""

from typing import NamedTuple

import torch
from torch import Tensor, nn

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.batched_rows import ConstraintBuilder, Constraints
from vcp_cbf_safety.learning.program import LayerStatus, solve
from vcp_cbf_safety.learning.scenes import Scenes

__all__ = ['Constraints', 'DifferentiableVCPCBFQP', 'LayerStatus', 'SafeCommands']


class SafeCommands(NamedTuple):
    """What the layer returns: the commands, and how they came about.

    Attributes:
        u_safe: (B, 2) commands (v, omega) [m/s, rad/s], differentiable; always finite.
        status: (B,) int64 values of `LayerStatus`: nominal, filtered, relaxed.
        active: (B, 2) int64 rows of `Constraints` that hold the command where it is; -1 for none.
        violation: (B,) largest violation of a row, zero when all hold; not differentiable.
        min_barrier: (B,) smallest distance barrier at the axle centre [m], differentiable with
            respect to states and hazards.
    """

    u_safe: Tensor
    status: Tensor
    active: Tensor
    violation: Tensor
    min_barrier: Tensor


class DifferentiableVCPCBFQP(nn.Module):
    """Closest safe commands of a batch of robots, differentiable (docs/learning.md).

    The rows are made by the functions that make them on the robot. The layer has no parameters of
    its own: a network gives it nominal commands and, where it wants, gains of the steering rows.
    Body rows, bounds and the braking law are the configuration's.

    Args:
        config: the filter's parameters, those of the robot.
        weights: cost of changing v and omega; None for those of the configuration, which are
            (150, 1) unless it says otherwise.
        backend: 'exact' or 'qpth', see `program.solve`.

    Attributes:
        replaced: how many answers of the backend qpth were wrong, and replaced, so far.
    """

    weights: Tensor

    def __init__(
        self,
        config: FilterConfig,
        weights: tuple[float, float] | None = None,
        backend: str = 'exact',
    ) -> None:
        super().__init__()
        pair = (config.speed_weight, config.yaw_rate_weight) if weights is None else weights
        self.config = config
        self.backend = backend
        self.replaced = 0
        self.rows = ConstraintBuilder(config)
        self.register_buffer('weights', torch.tensor(pair, dtype=torch.float64), persistent=False)

    def forward(
        self,
        u_nom: Tensor,
        states: Tensor,
        hazards: Scenes,
        steering_gain: Tensor | None = None,
        last_command: Tensor | None = None,
    ) -> SafeCommands:
        """Safe commands closest to the nominal ones; `u_safe` is the first of what is returned.

        Where the rows of a member contradict each other they give way as on the robot, steering
        rows first; nothing changes for the other members. Zero satisfies the bounds and whatever
        a relaxed row is held to, so there always is an answer.

        Args:
            u_nom: (B, 2) nominal commands (v, omega) [m/s, rad/s].
            states: (B, 5) x, y, heading, speed and yaw rate when the command takes effect
                [m, m, rad, m/s, rad/s]; or (B, 3) without the last two, and then the bounds are
                the speed limits, whatever the robot reaches in one period.
            hazards: at that time, from `scenes.scenes` or `scenes.scenes_of`.
            steering_gain: (B,), (B, 1), or (B, n) one for each hazard, discs then walls [1/s];
                not negative. The robot's own rule is gain (period + period_jitter) <= 1. None for
                that of the configuration.
            last_command: (B, 2) what the bases were told last; None for what they do. Only for
                states (B, 5).

        Raises:
            ValueError: if shapes, types or devices disagree or a number is not finite; the message
                names the argument.
        """
        rows = self.build_constraint_matrices(states, hazards, u_nom, steering_gain, last_command)
        weights = self.weights.to(u_nom.dtype)
        answer = solve(rows.G, rows.h, u_nom, weights, rows.soft, self.backend, hard=rows.hard)
        self.replaced += answer.replaced
        return SafeCommands(
            answer.u, answer.status, answer.active, answer.violation, rows.min_barrier
        )

    def build_constraint_matrices(
        self,
        states: Tensor,
        hazards: Scenes,
        u_nom: Tensor,
        steering_gain: Tensor | None = None,
        last_command: Tensor | None = None,
    ) -> Constraints:
        """Rows of every member; arguments as those of `forward`.

        They depend on the nominal command: it decides on which side of the axle the virtual
        control point lies, and the bounds always leave room for slowing down towards it.
        """
        constraints: Constraints = self.rows(states, hazards, u_nom, steering_gain, last_command)
        return constraints

    @staticmethod
    def compute_constraint_values(u: Tensor, constraints: Constraints) -> Tensor:
        """Margin of every row, h - G u, positive when satisfied: (B, m), or (B, k, m).

        Args:
            u: (B, 2) commands, or (B, k, 2) for k commands each.
            constraints: of the batch.
        """
        G, h = constraints.G, constraints.h
        if u.ndim == 2:
            return h - (G * u.unsqueeze(1)).sum(2)
        return h.unsqueeze(1) - (G.unsqueeze(1) * u.unsqueeze(2)).sum(3)
