"""Every error the package raises on purpose, in one small tree."""


class VcpCbfError(Exception):
    """Base class of all errors of this package."""


class ConfigurationError(VcpCbfError, ValueError):
    """A parameter is illegal; the message names it, its value and the rule it breaks."""


class HazardError(VcpCbfError, ValueError):
    """A hazard is not a hazard (negative radius, empty arena); the message names the field."""


class InputError(VcpCbfError, ValueError):
    """A command, state or message cannot be used; the message names it and what would be right."""


class AdviceError(VcpCbfError):
    """There is no advice for this cycle; the message says why."""
