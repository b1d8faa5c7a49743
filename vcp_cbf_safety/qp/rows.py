"""The rows of every hazard from its barriers: one pipeline for the robot and for training."""

from typing import NamedTuple

from vcp_cbf_safety.hazards.hazards import Array, Barriers, dot
from vcp_cbf_safety.motion.braking import stoppable_speed
from vcp_cbf_safety.qp.constraints import (
    Rows,
    barrier_rows,
    class_k,
    closing_speed,
    lesser,
    limit_retreat,
    positive_part,
)

# Inside its margin a hazard that is so close to abeam [rad] is abeam for the body. On a straight
# way past a disc at a distance d the robot comes nearer to it by 1.25e-9 d at most, which the
# roll-out takes for rounding too. Without it the heading between two margins must be exact, to
# 1e-9.
ABEAM = 5e-5


class Care(NamedTuple):
    """How fast points of the robot may approach hazards.

    Attributes:
        gains: class-K gains, broadcastable to the barriers [1/s].
        hold_time: longest time a command stays in force [s].
        deceleration: what the base brakes with [m/s^2]; None leaves the braking law out.
        turns: 1 for points that turning moves out of the way, 0 for the body, broadcastable to
            the barriers.
        reaction_time: time before it brakes [s].
        max_yaw_rate: highest yaw rate [rad/s].
        yaw_deceleration: what the base ends its turn with, for the body, broadcastable to the
            barriers; None where turning does not move it [rad/s^2].
    """

    gains: Array
    hold_time: Array
    deceleration: Array | None
    turns: Array
    reaction_time: Array
    max_yaw_rate: Array
    yaw_deceleration: Array | None = None


def hazard_rows(
    barriers: Barriers,
    input_matrix: Array,
    velocities: Array,
    responsibility: Array,
    care: Care,
) -> tuple[Rows, Array]:
    """Rows of hazards at points of the robot, and how far they may be opened when relaxed.

    Docs/theory.md, eq. 6 to 8, 10 and 10b.

    Args:
        barriers: h (..., n) [m] and normals (..., n, 2) at the points.
        input_matrix: (..., 2, 2) of the points.
        velocities: (..., n, 2) of the hazards [m/s].
        responsibility: (..., n), in (0, 1].
        care: how fast the points may approach.

    Returns:
        Rows with G (..., n, 2) and h (..., n), and the caps (..., n): right-hand sides that even
        a relaxed row keeps, at which the robot can still stop before a hazard that comes closer.
    """
    approach = class_k(barriers.h, care.gains)
    closing = closing_speed(barriers.normals, velocities, responsibility)
    caps = approach / (care.gains * care.hold_time)
    if care.deceleration is not None:
        ahead, aside = abs(dot(barriers.normals, input_matrix[..., None, :, 0])), 0.0
        if care.yaw_deceleration is not None:
            aside = abs(dot(barriers.normals, input_matrix[..., None, :, 1]))
        stoppable = stoppable_speed(
            positive_part(barriers.h),
            care.deceleration,
            care.reaction_time,
            ahead,
            care.turns,
            care.yaw_deceleration,
            aside,
        )
        approach = lesser(approach, stoppable)
        caps = lesser(caps, positive_part(stoppable - closing))
    G, h = barrier_rows(barriers.normals, input_matrix, responsibility * approach, closing)
    passed = ((barriers.h < 0.0) & (care.turns == 0.0))[..., None] & (abs(G) < ABEAM)
    return limit_retreat(Rows(G * ~passed, h), care.max_yaw_rate), caps
