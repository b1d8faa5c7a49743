"""MuJoCo, or a sentence on how to get it."""

from types import ModuleType

from vcp_cbf_safety.errors import VcpCbfError


class PhysicsMissingError(VcpCbfError):
    """MuJoCo is not installed; the message says how to get it."""


def engine() -> ModuleType:
    """The module `mujoco`.

    Raises:
        PhysicsMissingError: if it is not installed.
    """
    try:
        import mujoco
    except ImportError:
        raise PhysicsMissingError(
            "this needs mujoco: pip install 'vcp_cbf_safety[physics]'"
        ) from None
    module: ModuleType = mujoco
    return module
