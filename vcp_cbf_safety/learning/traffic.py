"""How peers and evaders move: to one place after the other, around circles, mostly blind."""

import torch
from torch import Tensor

from vcp_cbf_safety.learning.worlds import Kind, World

# Distance to circles within which they are given way [m].
_NEAR = 0.4
# Distance that a chasing peer keeps, and at which a yielding one stands [m].
_TAIL, _STOP, _SLOW = 0.15, 0.3, 0.9
# A place is reached within this distance [m].
_REACHED = 0.3


def move_traffic(world: World, seconds: float, acceleration: float, draws: Tensor) -> World:
    """Peers and goals after a while.

    Args:
        world: now.
        seconds: how long, short [s].
        acceleration: of peers and evaders [m/s^2].
        draws: (N, P + 1, 2) even in [-1, 1): where to go next, as a share of the arena.
    """
    room = (world.arena - 0.5).unsqueeze(1)
    following = world.peer_kind == Kind.CHASING
    robot = world.state[:, None, :2]
    aims = torch.where(following.unsqueeze(2), robot, world.waypoints)
    gap = (robot - world.peers).norm(dim=2) - world.peer_radii - 0.2
    ahead = (((robot - world.peers) * (aims - world.peers)).sum(2)) > 0.0
    slow = torch.where(following, (gap / _TAIL - 1.0).clamp(0.0, 1.0), 1.0)
    yields = (world.peer_kind == Kind.YIELDING) & ahead
    slow = torch.where(yields, ((gap - _STOP) / (_SLOW - _STOP)).clamp(0.0, 1.0), slow)
    speed = world.peer_speed * slow
    velocity = _steer(world, world.peers, world.peer_velocity, aims, speed, seconds * acceleration)
    peers = world.peers + velocity * seconds
    reached = (aims - peers).norm(dim=2, keepdim=True) < _REACHED
    waypoints = torch.where(reached, draws[:, :-1] * room, world.waypoints)
    world = world._replace(peers=peers, peer_velocity=velocity, waypoints=waypoints)
    if not bool((world.goal_speed > 0.0).any()):
        return world
    return _move_goal(world, seconds, acceleration, draws[:, -1] * room[:, 0])


def _move_goal(world: World, seconds: float, acceleration: float, draws: Tensor) -> World:
    aims = world.goal_waypoint
    velocity = _steer(
        world,
        world.goal.unsqueeze(1),
        world.goal_velocity.unsqueeze(1),
        aims.unsqueeze(1),
        world.goal_speed.unsqueeze(1),
        seconds * acceleration,
    ).squeeze(1)
    goal = world.goal + velocity * seconds
    reached = (aims - goal).norm(dim=1, keepdim=True) < _REACHED
    return world._replace(
        goal=goal, goal_velocity=velocity, goal_waypoint=torch.where(reached, draws, aims)
    )


def _steer(
    world: World, places: Tensor, velocity: Tensor, aims: Tensor, speed: Tensor, change: float
) -> Tensor:
    """Velocities (N, Q, 2) towards aims, aside of circles, changed by no more than `change`."""
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
    difference = wanted * speed.unsqueeze(2) - velocity
    share = change / difference.norm(dim=2, keepdim=True).clamp(min=change)
    return velocity + share * difference
