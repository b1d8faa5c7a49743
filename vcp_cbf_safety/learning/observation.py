"""What a learned filter sees: the nearest hazards, seen from the robot, and the robot itself."""

from typing import NamedTuple

import torch
from torch import Tensor

from vcp_cbf_safety.learning.scenes import Scenes
from vcp_cbf_safety.qp.constraints import Level

# Walls count as discs of this radius [m].
WALL_RADIUS = 5.0

# Numbers that describe one hazard, and the robot.
HAZARD_FEATURES = (
    'free distance',
    'sine of bearing',
    'cosine of bearing',
    'closing speed',
    'lateral speed',
    'radius',
    'moving',
)
OWN_FEATURES = ('speed', 'yaw rate', 'max speed', 'min speed', 'max yaw rate')


class Observation(NamedTuple):
    """What N robots see, each in its own frame (docs/learning.md).

    Attributes:
        hazards: (N, K, F) `HAZARD_FEATURES` of the K nearest hazards, nearest first: free
            distance of the body with its margins [m], bearing from the axle centre, speed at which
            robot and hazard come closer [m/s], speed of the hazard across that line, to the left
            [m/s], radius [m], 1 for what moves by itself.
        mask: (N, K) True where there is such a hazard.
        own: (N, D) `OWN_FEATURES` [m/s, rad/s].
        nominal: (N, 2) nominal commands (v, omega) [m/s, rad/s].
        chosen: (N, K) which of the n hazards each is, discs then walls.
    """

    hazards: Tensor
    mask: Tensor
    own: Tensor
    nominal: Tensor
    chosen: Tensor

    @property
    def limits(self) -> Tensor:
        """(N, 3) highest and lowest speed [m/s] and highest yaw rate [rad/s]."""
        return self.own[:, 2:5]

    def members(self, index: Tensor | slice) -> 'Observation':
        """What some of the robots see."""
        return Observation(*(each[index] for each in self))


def observe(
    states: Tensor,
    hazards: Scenes,
    u_nom: Tensor,
    limits: Tensor,
    inflation: float,
    nearest: int = 8,
) -> Observation:
    """What robots see of their hazards.

    Args:
        states: (N, 5) x, y, heading, speed and yaw rate when the command takes effect.
        hazards: at that time, in the same frame.
        u_nom: (N, 2) nominal commands (v, omega) [m/s, rad/s].
        limits: (N, 3) highest and lowest speed [m/s] and highest yaw rate [rad/s].
        inflation: distance from the axle centre that is kept free, `assembly.total_inflation` [m].
        nearest: K, how many hazards are looked at; positions that are left over are masked.

    Returns:
        The observation; not differentiable with respect to the choice of hazards.
    """
    barriers = hazards.barriers(states[:, None, :2], inflation)
    free = torch.where(hazards.real, barriers.h[:, 0], torch.inf)
    count = min(nearest, free.shape[1])
    distance, index = free.topk(count, dim=1, largest=False)
    mask = distance.isfinite()
    pair = index.unsqueeze(2).expand(-1, -1, 2)
    toward = -barriers.normals[:, 0].gather(1, pair)
    velocity = hazards.velocities.gather(1, pair)
    ahead = torch.stack((states[:, 2].cos(), states[:, 2].sin()), 1).unsqueeze(1)
    cosine = (toward * ahead).sum(2)
    sine = toward[..., 1] * ahead[..., 0] - toward[..., 0] * ahead[..., 1]
    closing = states[:, 3:4] * cosine - (toward * velocity).sum(2)
    lateral = toward[..., 0] * velocity[..., 1] - toward[..., 1] * velocity[..., 0]
    walls = free.shape[1] - hazards.radii.shape[1]
    radii = torch.cat((hazards.radii, free.new_full((len(free), walls), WALL_RADIUS)), 1)
    moving = (hazards.level == int(Level.MOVING)).to(free.dtype)
    columns = (
        distance,
        sine,
        cosine,
        closing,
        lateral,
        radii.gather(1, index),
        moving.gather(1, index),
    )
    features = torch.stack(columns, 2).masked_fill(~mask.unsqueeze(2), 0.0)
    missing = nearest - count
    if missing:
        features = torch.nn.functional.pad(features, (0, 0, 0, missing))
        mask = torch.nn.functional.pad(mask, (0, missing))
        index = torch.nn.functional.pad(index, (0, missing))
    own = torch.cat((states[:, 3:5], limits), 1)
    return Observation(features, mask, own, u_nom, index)
