"""Situations of one robot among near peers that need not give way."""

import math
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from vcp_cbf_safety import FilterConfig, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.checks.foresight import dynamic_obstacles_of
from vcp_cbf_safety.checks.surroundings import Surroundings
from vcp_cbf_safety.hazards.hazards import discs_of
from vcp_cbf_safety.hazards.scene import scene_of_discs
from vcp_cbf_safety.motion.prediction import Ahead, predict_discs
from vcp_cbf_safety.motion.stopping_trajectory import longest_stop
from vcp_cbf_safety.qp.assembly import kept_discs, total_inflation

CONFIG = FilterConfig(
    body_radius=0.17, vcp_offset=0.1, period=0.1, min_speed=-0.3, max_speed=0.6, max_yaw_rate=1.9,
    max_acceleration=0.8, max_deceleration=1.2, position_uncertainty=0.03,
)  # fmt: skip


class Case(NamedTuple):
    """One robot among peers that do not give way."""

    command: Twist2D
    nominal: Twist2D
    state: RobotState
    last: Twist2D
    before: float
    extra: float
    peers: list[Peer]


def draw(rng: np.random.Generator) -> Case:
    """Peers so near that many a command must shrink; robots that turn back among them."""

    def twist() -> Twist2D:
        return Twist2D(float(rng.uniform(-0.3, 0.6)), float(rng.uniform(-1.9, 1.9)))

    told, last = twist(), twist()
    peers = []
    for _ in range(3):
        away, bearing = rng.uniform(0.35, 1.3), rng.uniform(-math.pi, math.pi)
        peers.append(
            Peer(
                float(away * np.cos(bearing)),
                float(away * np.sin(bearing)),
                float(rng.uniform(-3.0, 3.0)),
                float(rng.uniform(-0.2, 0.6)),
                float(rng.uniform(-1.0, 1.0)),
                float(rng.uniform(0.12, 0.25)),
            )
        )
    state = RobotState(
        *rng.uniform(-0.1, 0.1, 2).tolist(),
        float(rng.uniform(-3.0, 3.0)),
        speed=float(rng.uniform(-0.3, 0.6)),
        yaw_rate=float(rng.uniform(-1.9, 1.9)),
    )
    before = float(rng.choice([0.0, 0.5, 1.0]))
    return Case(told, twist(), state, last, before, float(rng.uniform(0.0, 0.05)), peers)


def around(case: Case) -> tuple[FilterConfig, Surroundings]:
    """The robot's configuration and surroundings in which only what can move is in the way."""
    config = replace(CONFIG, body_radius=CONFIG.body_radius + case.extra)
    hazards = Hazards(peers=case.peers)
    seen = discs_of(hazards)
    scene = scene_of_discs(hazards.arena, predict_discs(config, seen))
    starts = [Ahead(case.state)]
    inflation = total_inflation(config)
    barriers = scene.barriers(np.array([(case.state.x, case.state.y)]), inflation).h[0]
    stop = longest_stop(config, starts, case.command, config.velocity_lag)
    dynamic = dynamic_obstacles_of(config, seen, scene, barriers, inflation, stop, starts)
    nothing, kept = np.zeros((1, 0)), kept_discs(config)
    return config, Surroundings(scene, kept, nothing, np.zeros((1, 0, 2)), np.zeros(0), dynamic)
