"""Whether training sees the rows that the robot sees: numpy and torch on the same situation."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.batched_rows import Constraints
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP
from vcp_cbf_safety.learning.scenes import scenes_of
from vcp_cbf_safety.learning.situations import Situation
from vcp_cbf_safety.motion.prediction import unpredicted
from vcp_cbf_safety.qp.assembly import assemble, rules_of

Table = NDArray[np.float64]

_BOUND_NAMES = ('speed above', 'yaw rate above', 'speed below', 'yaw rate below')
_TO_BOUNDS = np.array([[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0], [0.0, -1.0]])


@dataclass(frozen=True, slots=True)
class Consistency:
    """Differences between the robot's rows and those of the layer.

    Attributes:
        names: of the m rows, in the order of `batched_rows.Constraints`.
        differences: (m,) largest difference in a row's two coefficients, its right-hand side and
            the right-hand side that it keeps when relaxed; inf where the layer's order of giving
            way is another.
    """

    names: tuple[str, ...]
    differences: Table

    @property
    def largest(self) -> float:
        """Largest difference of all rows."""
        return float(self.differences.max())

    @property
    def worst(self) -> str:
        """Name of the row with the largest difference."""
        return self.names[int(self.differences.argmax())]


def verify_numpy_torch_consistency(
    config: FilterConfig, situation: Situation, dtype: torch.dtype = torch.float64
) -> Consistency:
    """Take one situation through the robot's path and through the layer's, and compare the rows.

    Args:
        config: the filter's parameters.
        situation: nominal command, robot, hazards and last command.
        dtype: what the layer computes in.
    """
    layer = DifferentiableVCPCBFQP(config)
    nominal, robot, last = situation.nominal, situation.robot, situation.last_command
    with torch.no_grad():
        rows = layer.build_constraint_matrices(
            torch.tensor(
                [[robot.x, robot.y, robot.heading, robot.speed, robot.yaw_rate]], dtype=dtype
            ),
            scenes_of([situation.hazards], dtype),
            torch.tensor([[nominal.v, nominal.omega]], dtype=dtype),
            last_command=torch.tensor([[last.v, last.omega]], dtype=dtype),
        )
    return compare(config, situation, rows, 0)


def compare(
    config: FilterConfig, situation: Situation, constraints: Constraints, member: int
) -> Consistency:
    """Compare the robot's rows in a situation with those of one member of a batch.

    Args:
        config: the filter's parameters.
        situation: of the member.
        constraints: of the batch.
        member: its place in the batch.
    """
    theirs = _robot_rows(config, situation)
    real = constraints.real[member]
    columns = (constraints.G, constraints.h, constraints.hard, constraints.soft)
    ours = [column[member][real].double().cpu().numpy() for column in columns]
    differences = np.abs(ours[0] - theirs.G).max(1)
    for mine, other in ((ours[1], theirs.h), (ours[2], theirs.hard), (ours[3], theirs.soft)):
        limited = np.isfinite(mine) | np.isfinite(other)  # not where both have no limit
        gap = np.abs(mine[limited] - other[limited])
        differences[limited] = np.maximum(differences[limited], gap)
    return Consistency(theirs.names, differences)


@dataclass(frozen=True, slots=True)
class _RobotRows:
    """What the robot's filter holds its command to, bounds as rows."""

    names: tuple[str, ...]
    G: Table
    h: Table
    hard: Table
    soft: Table


def _robot_rows(config: FilterConfig, situation: Situation) -> _RobotRows:
    assembly = assemble(
        config,
        rules_of(config),
        situation.nominal,
        unpredicted(situation.robot, situation.hazards),
        situation.last_command,
        config.period,
    )
    program = assembly.program
    free = np.full(len(_TO_BOUNDS), np.inf)
    # the robot counts importance upwards from what gives way first; bounds never do
    soft = np.concatenate((3.0 - program.level, np.zeros(len(_TO_BOUNDS))))
    kinds = [f'{kind} row of {name}' for kind in ('steering', 'body') for name in assembly.names]
    return _RobotRows(
        names=(*kinds, *_BOUND_NAMES),
        G=np.concatenate((program.G, _TO_BOUNDS)),
        h=np.concatenate((program.h, program.upper, -program.lower)),
        hard=np.concatenate((program.hard, free)),
        soft=soft,
    )
