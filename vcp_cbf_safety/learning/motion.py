"""How batches of bases and peers move: first-order lag, limited acceleration, exact arcs."""

import torch
from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.response import responses


def advance(poses: Tensor, way: Tensor, turn: Tensor) -> Tensor:
    """Poses (..., 3) after exact arcs.

    Args:
        poses: (..., 3) x, y, heading [m, m, rad].
        way: (...) travelled along the arc [m].
        turn: (...) turned meanwhile [rad].
    """
    half = 0.5 * turn
    chord = way * torch.sinc(half / torch.pi)
    middle = poses[..., 2] + half
    return torch.stack(
        (
            poses[..., 0] + chord * middle.cos(),
            poses[..., 1] + chord * middle.sin(),
            poses[..., 2] + turn,
        ),
        -1,
    )


def follow(
    states: Tensor, commands: Tensor, duration: Tensor, lag: Tensor, limits: tuple[float, float]
) -> Tensor:
    """States (N, 5) after following commands for a while.

    Args:
        states: (N, 5) x, y, heading, speed and yaw rate.
        commands: (N, 2) in force all the time [m/s, rad/s].
        duration: (N,) [s].
        lag: (N,) time constant of the velocity response [s].
        limits: acceleration and yaw acceleration [m/s^2, rad/s^2].
    """
    v, way = responses(states[:, 3], commands[:, 0], duration, lag, limits[0], torch)
    omega, turn = responses(states[:, 4], commands[:, 1], duration, lag, limits[1], torch)
    return torch.cat((advance(states[:, :3], way, turn), torch.stack((v, omega), 1)), 1)


def predict_peers(
    config: FilterConfig, poses: Tensor, twists: Tensor
) -> tuple[Tensor, Tensor, Tensor]:
    """Batched twin of `motion.prediction.predict_discs`, for peers measured now.

    Args:
        config: actuation_delay, peer_max_acceleration and peer_max_yaw_rate.
        poses: (..., 3) x, y, heading [m, m, rad].
        twists: (..., 2) speed and yaw rate [m/s, rad/s].

    Returns:
        Places (..., 2) [m] and velocities (..., 2) [m/s] when a command sent now takes effect,
        and how much (...) the peers grow until then [m].
    """
    ahead = config.actuation_delay
    speed, yaw_rate = twists.unbind(-1)
    turning = config.peer_max_yaw_rate + yaw_rate.abs()
    growth = speed.abs() * ahead * (0.5 * turning * ahead).clamp(max=2.0)
    growth = growth + 0.5 * config.peer_max_acceleration * ahead**2
    moved = advance(poses, speed * ahead, yaw_rate * ahead)
    heading = moved[..., 2]
    velocity = torch.stack((speed * heading.cos(), speed * heading.sin()), -1)
    return moved[..., :2], velocity, growth
