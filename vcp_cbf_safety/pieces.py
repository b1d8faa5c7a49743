"""The pieces of the guarantee that an ablation study can take away, one at a time."""

from enum import Enum


class Piece(str, Enum):
    """A part of the filter that exists to prevent collisions.

    Only studies construct a `SafetyFilter` without one; the node has no way to.
    """

    BODY_ROWS = 'body_rows'  # rows at the axle centre; without: steering rows alone
    SAMPLED_TIME = (
        'sampled_time'  # bend margin, hold time in the braking law, roll-out to the stop
    )
    BRAKING_LAW = 'braking_law'  # approach speed that deceleration can stop
    PREDICTION = 'prediction'  # state and hazards at the time the command acts
    REVERSING_OFFSET = 'reversing_offset'  # control point behind the axle when reversing
    FORESIGHT = 'foresight'  # what moves by itself may turn and speed up while the robot stops
    SAFE_FALLBACK = 'safe_fallback'  # without: the clamped nominal when the program is infeasible
