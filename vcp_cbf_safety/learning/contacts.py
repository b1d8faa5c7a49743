"""What bodies touch, from true places, and whose doing it was."""

from enum import IntEnum

import torch
from torch import Tensor

from vcp_cbf_safety.learning.worlds import World

# A robot that approaches what it touches slower than this stands or gives way [m/s].
_STANDING = 0.02


class Outcome(IntEnum):
    """How an episode ended; HIT: a peer drove into a robot that stood or gave way."""

    RUNNING = 0
    ARRIVED = 1
    TIMEOUT = 2
    TOUCHED_OBSTACLE = 3
    TOUCHED_PEER = 4
    HIT = 5


def touched(world: World, state: Tensor, peers: Tensor, body_radius: float) -> Tensor:
    """What bodies touch, as `Outcome`, RUNNING where nothing.

    Args:
        world: all that stands still, and the radii.
        state: (N, 5) of the robots at that time.
        peers: (N, P, 2) at that time.
        body_radius: of every robot, before `world.extra` [m].
    """
    radius = (world.extra + body_radius).unsqueeze(1)
    place = state[:, None, :2]
    hit = (world.arena - state[:, :2].abs() - radius).amin(1) < 0.0
    if world.circles.shape[1]:
        free = (world.circles - place).norm(dim=2) - world.circle_radii - radius
        hit = hit | ((free < 0.0) & world.circle_real).any(1)
    result = torch.where(hit, int(Outcome.TOUCHED_OBSTACLE), int(Outcome.RUNNING))
    if not world.peers.shape[1]:
        return result
    toward = peers - place
    distance = toward.norm(dim=2)
    met = (distance - world.peer_radii - radius < 0.0) & world.peer_real
    ahead = torch.stack((state[:, 2].cos(), state[:, 2].sin()), 1).unsqueeze(1)
    approach = state[:, 3:4] * (toward * ahead).sum(2) / distance.clamp(min=1e-6)
    drove = (met & (approach > _STANDING)).any(1)
    peer = torch.where(drove, int(Outcome.TOUCHED_PEER), int(Outcome.HIT))
    return torch.where((result == 0) & met.any(1), peer, result)


def clearances(world: World, radius: Tensor) -> Tensor:
    """Distance of bodies to what stands still, and to peers (N, 2) [m]; inf without any.

    Args:
        world: now.
        radius: (N,) of the bodies [m].
    """
    place = world.state[:, None, :2]
    walls = (world.arena - world.state[:, :2].abs()).amin(1) - radius

    def nearest(centers: Tensor, radii: Tensor, real: Tensor) -> Tensor:
        free = (centers - place).norm(dim=2) - radii - radius.unsqueeze(1)
        none = torch.full_like(radius, torch.inf).unsqueeze(1)
        return torch.cat((free.masked_fill(~real, torch.inf), none), 1).amin(1)

    circles = nearest(world.circles, world.circle_radii, world.circle_real)
    peers = nearest(world.peers, world.peer_radii, world.peer_real)
    return torch.stack((torch.minimum(walls, circles), peers), 1)
