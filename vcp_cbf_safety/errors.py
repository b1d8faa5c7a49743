"""Every error the package raises on purpose, in one small tree."""

from vcp_cbf_safety.reason_code import ReasonCode


class VcpCbfError(Exception):
    """Base class of all errors of this package.

    Attributes:
        code: why a cycle brakes that meets this error.
    """

    code = ReasonCode.BAD_INPUT


class ConfigurationError(VcpCbfError, ValueError):
    """A parameter is illegal; the message names it, its value and the rule it breaks."""


class HazardError(VcpCbfError, ValueError):
    """A hazard is not a hazard (negative radius, empty arena); the message names the field."""


class InputError(VcpCbfError, ValueError):
    """A command, state or message cannot be used; the message names it and what would be right."""


class OldStateError(InputError):
    """The robot's state is too old; the message says how old, and how old it may be."""

    code = ReasonCode.OLD_STATE


class LateCycleError(InputError):
    """A cycle comes too late; the message says how late, and what is allowed."""

    code = ReasonCode.LATE_CYCLE


class InsideBodyError(InputError):
    """Something is inside the robot's body; the message names it, and what may be wrong."""

    code = ReasonCode.INSIDE_BODY


class AdviceError(VcpCbfError):
    """There is no advice for this cycle; the message says why."""
