"""The robot's look at what moves by itself, for the robots of a training."""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vcp_cbf_safety.checks.foresight import FILLED, DynamicObstacles
from vcp_cbf_safety.checks.look_ahead import LookAhead
from vcp_cbf_safety.checks.reachability import Motions, reach_of
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.braking import stopping_distance, stopping_time
from vcp_cbf_safety.motion.response import limits_of
from vcp_cbf_safety.qp.assembly import total_inflation

Vector = NDArray[np.float64]


class Peers(NamedTuple):
    """Peers of N robots, as seen one actuation delay before a command takes effect.

    Attributes:
        places: (N, P, 2) [m].
        headings: (N, P) [rad].
        twists: (N, P, 2) speed and yaw rate [m/s, rad/s].
        radii: (N, P) [m].
        real: (N, P) False for padding.
    """

    places: Tensor
    headings: Tensor
    twists: Tensor
    radii: Tensor
    real: Tensor


def allowed_scales(
    config: FilterConfig,
    commands: Tensor,
    nominal: Tensor,
    states: Tensor,
    last: Tensor,
    before: Tensor,
    extra: Tensor,
    peers: Peers,
) -> Tensor:
    """How much of the commands may go out beside peers, (N,) from 0 to 1.

    `look_ahead.LookAhead`, as on the robot, on the CPU. Of the states in which a robot may be it
    looks at the expected one; the rest of the roll-out, about what stands still, is left out.

    Args:
        config: the filter's parameters.
        commands: (N, 2) to look at [m/s, rad/s].
        nominal: (N, 2) what the robots were asked to do.
        states: (N, 5) when the commands take effect.
        last: (N, 2) the last commands.
        before: (N,) how much of them was let out.
        extra: (N,) radius of the bodies beyond `config.body_radius` [m].
        peers: what is to be looked at.
    """
    tensors = (commands, nominal, last, before, states, extra)
    columns = [each.detach().cpu().double().numpy() for each in tensors]
    seen = Peers(*(each.detach().cpu().double() for each in peers))
    found = np.ones(len(commands))
    told, wish, told_last, let_out, state, wider = columns
    near = _near(config, told[:, 0], state, wider, seen)
    if near is not None:
        one, obstacles = near
        robots, owner = np.unique(one, return_inverse=True)
        limits = np.broadcast_to(limits_of(config), (len(robots), 1, 2))
        look = LookAhead(
            config,
            config.period,
            told[robots],
            wish[robots],
            told_last[robots],
            let_out[robots],
            state[robots, None],
            limits,
            owner,
            obstacles,
        )
        found[robots] = look.allowed().scales
    return torch.from_numpy(found).to(commands)


def _near(
    config: FilterConfig, told: Vector, states: Vector, extra: Vector, peers: Peers
) -> tuple[NDArray[np.int64], DynamicObstacles] | None:
    """Whom a peer may reach before they stand, and what the peers can do; None if it is nobody.

    As `foresight.dynamic_obstacles_of`.
    """
    places, headings, twists, radii, real = (each.numpy() for each in peers)
    fastest, longer = np.maximum(abs(states[:, 3]), abs(told)), config.velocity_lag
    ways = stopping_distance(config, fastest, longer)
    durations = stopping_time(config, fastest, longer)
    inflation = total_inflation(config) - config.margin
    reached = radii + (ways + inflation + extra)[:, None]
    fastest = np.maximum(abs(twists[:, :, 0]), config.peer_max_speed)
    since = config.actuation_delay
    away = np.hypot(*np.moveaxis(places - states[:, None, :2], 2, 0)) - reached
    pairs = np.nonzero((away < fastest * (durations + since)[:, None]) & (real > 0.0))
    one, (speed, yaw_rate), heading = pairs[0], twists[pairs].T, headings[pairs]
    none = np.zeros(len(one))
    motions = Motions(
        places[pairs],
        none,
        none + since,
        speed[:, None] * np.column_stack((np.cos(heading), np.sin(heading))),
        none,
        fastest[pairs],
        heading,
        np.maximum(config.peer_max_yaw_rate, abs(yaw_rate)),
        config.peer_max_acceleration,
    )
    reach = reach_of(motions, states[one, :3], durations[one])
    along = (reach.directions @ states[one, :2, None])[:, :, 0]
    close = reach.within(reached[pairs], along)
    if not close.any():
        return None
    obstacles = DynamicObstacles(
        pairs[1],
        reach,
        radii[pairs] + inflation + extra[one],
        FILLED * (radii[pairs] + extra[one] + config.body_radius),
        inflation - config.body_radius,
        config.contact_speed,
    )
    return one[close], obstacles.of(close)
