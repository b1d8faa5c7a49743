"""How peers and evaders move: to one place after the other, around circles, mostly blind."""

import torch
from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.learning.motion import advance
from vcp_cbf_safety.learning.worlds import PeerBehaviour, Worlds

# Distance to circles within which they are given way [m].
_NEAR = 0.4
# Distance that a chasing peer keeps, and at which a yielding one stands [m].
_TAIL, _STOP, _SLOW = 0.15, 0.3, 0.9
# A place is reached within this distance [m].
_REACHED = 0.3
# How peers turn: for each radian of error [1/s], and the share of the highest yaw rate they use.
_TURN_GAIN, _TURN_SHARE = 2.0, 0.5


def move_traffic(world: Worlds, seconds: float, robot: FilterConfig, draws: Tensor) -> Worlds:
    """Peers and goals after a while.

    Args:
        world: now.
        seconds: how long, short [s].
        robot: what its filter is told of peers: their peer_max_yaw_rate, and
            peer_max_acceleration, which is that of evaders.
        draws: (N, P + 1, 2) even in [-1, 1): where to go next, as a share of the arena.
    """
    room = (world.arena - 0.5).unsqueeze(1)
    following = world.peer_kind == PeerBehaviour.CHASING
    place = world.state[:, None, :2]
    aims = torch.where(following.unsqueeze(2), place, world.waypoints)
    gap = (place - world.peers).norm(dim=2) - world.peer_radii - 0.2
    ahead = (((place - world.peers) * (aims - world.peers)).sum(2)) > 0.0
    slow = torch.where(following, (gap / _TAIL - 1.0).clamp(0.0, 1.0), 1.0)
    yields = (world.peer_kind == PeerBehaviour.YIELDING) & ahead
    slow = torch.where(yields, ((gap - _STOP) / (_SLOW - _STOP)).clamp(0.0, 1.0), slow)
    speed = world.peer_speed * slow
    wanted = _wanted(world, world.peers, aims, speed)
    world = _drive_peers(world, wanted, seconds, _TURN_SHARE * robot.peer_max_yaw_rate)
    reached = (aims - world.peers).norm(dim=2, keepdim=True) < _REACHED
    waypoints = torch.where(reached, draws[:, :-1] * room, world.waypoints)
    world = world._replace(waypoints=waypoints)
    if not bool((world.goal_speed > 0.0).any()):
        return world
    change = seconds * robot.peer_max_acceleration
    return _move_goal(world, seconds, change, draws[:, -1] * room[:, 0])


def _drive_peers(world: Worlds, wanted: Tensor, seconds: float, turn: float) -> Worlds:
    """Unicycles that turn to the velocities (N, P, 2) they want, with `turn` [rad/s] at most."""
    error = torch.atan2(wanted[..., 1], wanted[..., 0]) - world.peer_heading
    error = torch.remainder(error + torch.pi, 2.0 * torch.pi) - torch.pi
    yaw_rate = (_TURN_GAIN * error).clamp(-turn, turn)
    before = world.peer_twist[..., 0]
    change = seconds * world.peer_acceleration
    speed = wanted.norm(dim=2) * error.cos().clamp(min=0.0)
    speed = speed.clamp(before - change, before + change)
    poses = torch.cat((world.peers, world.peer_heading.unsqueeze(2)), 2)
    poses = advance(poses, 0.5 * (before + speed) * seconds, yaw_rate * seconds)
    return world._replace(
        peers=poses[..., :2],
        peer_heading=poses[..., 2],
        peer_twist=torch.stack((speed, yaw_rate), 2),
    )


def _move_goal(world: Worlds, seconds: float, change: float, draws: Tensor) -> Worlds:
    aims = world.goal_waypoint
    wanted = _wanted(
        world, world.goal.unsqueeze(1), aims.unsqueeze(1), world.goal_speed.unsqueeze(1)
    ).squeeze(1)
    difference = wanted - world.goal_velocity
    share = change / difference.norm(dim=1, keepdim=True).clamp(min=change)
    velocity = world.goal_velocity + share * difference
    goal = world.goal + velocity * seconds
    reached = (aims - goal).norm(dim=1, keepdim=True) < _REACHED
    return world._replace(
        goal=goal, goal_velocity=velocity, goal_waypoint=torch.where(reached, draws, aims)
    )


def _wanted(world: Worlds, places: Tensor, aims: Tensor, speed: Tensor) -> Tensor:
    """Velocities (N, Q, 2) towards aims, aside of circles, no faster than `speed`."""
    way = aims - places
    wanted = way / way.norm(dim=2, keepdim=True).clamp(min=0.1)
    if world.circles.shape[1]:
        away = places.unsqueeze(2) - world.circles.unsqueeze(1)
        distance = away.norm(dim=3).clamp(min=1e-3)
        push = (1.5 - 1.5 * (distance - world.circle_radii.unsqueeze(1) - 0.15) / _NEAR).clamp(
            0, 3
        )
        push = (push * world.circle_real.unsqueeze(1) / distance).unsqueeze(3)
        # turned a little, so that nothing stands where both are in balance
        aside = torch.stack((away[..., 0] - away[..., 1], away[..., 0] + away[..., 1]), 3)
        wanted = wanted + (0.8 * push * aside).sum(2)
    wanted = wanted / wanted.norm(dim=2, keepdim=True).clamp(min=1.0)
    return wanted * speed.unsqueeze(2)
