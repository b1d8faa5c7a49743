"""What bodies touch, from true places, and whose doing it was."""

from enum import IntEnum

import torch
from torch import Tensor

from vcp_cbf_safety.learning.worlds import Worlds
from vcp_cbf_safety.sim.clearance import STANDING_SPEED, closing_speed


class EpisodeEnd(IntEnum):
    """How an episode ended; HIT: a peer drove into a robot that stood or gave way."""

    RUNNING = 0
    ARRIVED = 1
    TIMEOUT = 2
    TOUCHED_OBSTACLE = 3
    TOUCHED_PEER = 4
    HIT = 5


def touched(world: Worlds, state: Tensor, peers: Tensor, body_radius: float) -> Tensor:
    """What bodies touch, as `EpisodeEnd`, RUNNING where nothing.

    Args:
        world: all that stands still, and the radii.
        state: (N, 5) of the robots at that time.
        peers: (N, P, 2) at that time.
        body_radius: of every robot, before `world.extra` [m].
    """
    radius, place = world.extra + body_radius, state[:, :2]
    hit = _to_walls(world, place, radius) < 0.0
    if world.circles.shape[1]:
        free = _to_discs(place, radius, world.circles, world.circle_radii)
        hit = hit | ((free < 0.0) & world.circle_real).any(1)
    result = torch.where(hit, int(EpisodeEnd.TOUCHED_OBSTACLE), int(EpisodeEnd.RUNNING))
    if not world.peers.shape[1]:
        return result
    met = (_to_discs(place, radius, peers, world.peer_radii) < 0.0) & world.peer_real
    x, y = (peers - place.unsqueeze(1)).unbind(2)
    heading, speed = state[:, 2:3], state[:, 3:4]
    approach = closing_speed(speed, heading.cos(), heading.sin(), x, y)
    approach = approach / (peers - place.unsqueeze(1)).norm(dim=2).clamp(min=1e-6)
    drove = (met & (approach > STANDING_SPEED)).any(1)
    peer = torch.where(drove, int(EpisodeEnd.TOUCHED_PEER), int(EpisodeEnd.HIT))
    return torch.where((result == 0) & met.any(1), peer, result)


def clearances(world: Worlds, radius: Tensor) -> Tensor:
    """Distance of bodies to what stands still, and to peers (N, 2) [m]; inf without any.

    Args:
        world: now.
        radius: (N,) of the bodies [m].
    """
    place = world.state[:, :2]

    def nearest(centers: Tensor, radii: Tensor, real: Tensor) -> Tensor:
        free = _to_discs(place, radius, centers, radii)
        none = torch.full_like(radius, torch.inf).unsqueeze(1)
        return torch.cat((free.masked_fill(~real, torch.inf), none), 1).amin(1)

    circles = nearest(world.circles, world.circle_radii, world.circle_real)
    peers = nearest(world.peers, world.peer_radii, world.peer_real)
    return torch.stack((torch.minimum(_to_walls(world, place, radius), circles), peers), 1)


def _to_walls(world: Worlds, place: Tensor, radius: Tensor) -> Tensor:
    """`sim.clearance.clearances` of N bodies, each in an arena around the origin (N,) [m]."""
    return (world.arena - place.abs()).amin(1) - radius


def _to_discs(place: Tensor, radius: Tensor, centers: Tensor, radii: Tensor) -> Tensor:
    """`sim.clearance.clearances` of N bodies, each among discs of its own (N, m) [m]."""
    return (centers - place.unsqueeze(1)).norm(dim=2) - radii - radius.unsqueeze(1)
