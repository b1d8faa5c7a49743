"""A control-barrier safety filter for differential-drive robots, with and without ROS 2."""

from vcp_cbf_safety.body.disc import BodyDisc
from vcp_cbf_safety.command import Outcome, SafeCommand, StepTiming
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError, HazardError, VcpCbfError
from vcp_cbf_safety.hazards.discs import Discs, standing_discs
from vcp_cbf_safety.hazards.hazards import Arena, Circle, Hazards, Peer, SpeedLimits
from vcp_cbf_safety.motion.unicycle import RobotState, Twist2D
from vcp_cbf_safety.safety_filter import SafetyFilter

__version__ = '0.1.0'

__all__ = [
    'Arena',
    'BodyDisc',
    'Circle',
    'ConfigurationError',
    'Discs',
    'FilterConfig',
    'HazardError',
    'Hazards',
    'Outcome',
    'Peer',
    'RobotState',
    'SafeCommand',
    'SafetyFilter',
    'SpeedLimits',
    'StepTiming',
    'Twist2D',
    'VcpCbfError',
    'standing_discs',
]
