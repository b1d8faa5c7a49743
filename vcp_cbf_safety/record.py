"""What one cycle of the filter saw and found, for whoever shows, logs or replays it."""

from dataclasses import dataclass

from vcp_cbf_safety.checks.rollout import Checked
from vcp_cbf_safety.motion.prediction import Prediction
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.qp.assembly import Assembly
from vcp_cbf_safety.qp.program import Solution


@dataclass(frozen=True, slots=True)
class Record:
    """One cycle.

    Attributes:
        nominal: what the robot was asked to do.
        filtered: what the program was asked for: the nominal command, corrected, or turned aside
            to lead the robot around something.
        prediction: robot and hazards, as seen and when the command takes effect.
        assembly: rows, bounds and barriers.
        solution: answer to the program.
        checked: how much of that the look along the way to standing let out.
    """

    nominal: Twist2D
    filtered: Twist2D
    prediction: Prediction
    assembly: Assembly
    solution: Solution
    checked: Checked
