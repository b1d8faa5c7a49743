"""What layer and networks refuse, in words that name the argument."""

from torch import Tensor

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.errors import ConfigurationError
from vcp_cbf_safety.learning.scenes import Scenes


def check_body(config: FilterConfig) -> None:
    """Raise ConfigurationError unless the body is one disc around the axle centre."""
    if not config.is_round:
        raise ConfigurationError(
            f'body_discs holds {len(config.body_discs)} discs of a long body; layer and networks '
            'know a body as one disc around the axle centre'
        )


def check_arguments(
    states: Tensor,
    hazards: Scenes,
    u_nom: Tensor,
    steering_gain: Tensor | None,
    last_command: Tensor | None,
) -> None:
    """Raise ValueError unless shapes, types and devices agree; the message names the argument."""
    size, n = hazards.real.shape
    legal: dict[str, tuple[Tensor | None, tuple[tuple[int, ...], ...]]] = {
        'u_nom': (u_nom, ((size, 2),)),
        'states': (states, ((size, 3), (size, 5))),
        'steering_gain': (steering_gain, ((size,), (size, 1), (size, n))),
        'last_command': (last_command, ((size, 2),)),
    }
    for name, (value, shapes) in legal.items():
        if value is None:
            continue
        if value.shape not in shapes:
            choice = ' or '.join(str(shape) for shape in shapes)
            raise ValueError(
                f'{name} has shape {tuple(value.shape)}; for these hazards it must be {choice}'
            )
        if value.dtype != hazards.radii.dtype or value.device != hazards.radii.device:
            raise ValueError(
                f'{name} is {value.dtype} on {value.device}; it must be as the hazards are, '
                f'{hazards.radii.dtype} on {hazards.radii.device}'
            )
    if last_command is not None and states.shape[1] == 3:
        raise ValueError('last_command is given, but states (B, 3) have no speed and yaw rate')
    if steering_gain is not None and not (steering_gain >= 0.0).all():
        low = steering_gain.detach().amin().item()
        raise ValueError(f'steering_gain holds {low}; a gain must be a number, not negative')


def refuse(**arguments: Tensor | None) -> None:
    """Raise ValueError naming the number that is none."""
    for name, value in arguments.items():
        wrong = [] if value is None else (~value.detach().isfinite()).nonzero().tolist()
        if value is not None and wrong:
            number = value[tuple(wrong[0])].item()
            raise ValueError(f'{name}{wrong[0]} is {number}; every number must be finite')
    raise ValueError('states, hazards or u_nom hold numbers so large that they overflow')
