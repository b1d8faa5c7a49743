"""What the layer refuses, and that it says what and why."""

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety import ConfigurationError, FilterConfig, Hazards  # noqa: E402
from vcp_cbf_safety.hazards.hazards import Walls, walls_of  # noqa: E402
from vcp_cbf_safety.learning.crowd import ARENA, crowd  # noqa: E402
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP  # noqa: E402
from vcp_cbf_safety.learning.scenes import scenes, scenes_of  # noqa: E402

LAYER = DifferentiableVCPCBFQP(
    FilterConfig(
        body_radius=0.15,
        vcp_offset=0.10,
        period=0.05,
        min_speed=-0.5,
        max_speed=1.0,
        max_yaw_rate=2.84,
    )
)


@pytest.mark.parametrize('bad', [math.nan, math.inf])
@pytest.mark.parametrize(
    'name', ['u_nom', 'states', 'steering_gain', 'centers', 'radii', 'velocities']
)
def test_a_number_that_is_none_is_refused_by_name(name: str, bad: float):
    u_nom, states, hazards = crowd(3)
    arguments = {
        'u_nom': u_nom,
        'states': states,
        'steering_gain': torch.ones(3, dtype=torch.float64),
    }
    spoilt = arguments.get(name, getattr(hazards, name, None))
    spoilt.view(3, -1)[1, 0] = bad
    with pytest.raises(ValueError, match=rf'^{name}\b.*(nan|inf)'):
        LAYER(arguments['u_nom'], states, hazards, arguments['steering_gain'])


@pytest.mark.parametrize('column', range(5))
def test_a_state_that_is_no_number_is_refused_without_hazards_too(column: int):
    states = torch.zeros(2, 5).double()
    states[1, column] = math.nan
    with pytest.raises(ValueError, match=rf'states\[1, {column}\] is nan'):
        LAYER(torch.zeros(2, 2).double(), states, scenes_of([Hazards()] * 2))


def test_a_negative_gain_is_refused():
    with pytest.raises(ValueError, match=r'steering_gain holds -0\.5'):
        LAYER(*crowd(2), torch.tensor([1.0, -0.5]).double())


@pytest.mark.parametrize(
    ('name', 'value'),
    [
        ('u_nom', torch.zeros(3, 2).double()),
        ('states', torch.zeros(2, 4).double()),
        ('steering_gain', torch.ones(2, 3).double()),
        ('last_command', torch.zeros(2).double()),
        ('u_nom', torch.zeros(2, 2)),
    ],
)
def test_a_wrong_shape_or_type_is_refused_by_name(name: str, value):
    u_nom, states, hazards = crowd(2)
    arguments = {'u_nom': u_nom, 'states': states, 'hazards': hazards, name: value}
    with pytest.raises(ValueError, match=rf'^{name} (has shape|is torch.float32)'):
        LAYER(**arguments)


def test_a_last_command_needs_states_with_speeds():
    u_nom, states, hazards = crowd(2)
    with pytest.raises(ValueError, match='last_command is given'):
        LAYER(u_nom, states[:, :3], hazards, last_command=u_nom)


@pytest.mark.parametrize('name', ['radii', 'velocities', 'responsibility', 'moving', 'real'])
def test_hazards_of_wrong_shape_are_refused_by_name(name: str):
    arguments = {'centers': torch.zeros(2, 3, 2), 'radii': torch.zeros(2, 3)}
    with pytest.raises(ValueError, match=f'^{name} has shape'):
        scenes(**{**arguments, name: torch.zeros(2, 4)})


def test_walls_and_centres_of_wrong_shape_are_refused():
    with pytest.raises(ValueError, match=r'^centers has shape \(2, 3\)'):
        scenes(torch.zeros(2, 3), torch.zeros(2, 3))
    with pytest.raises(ValueError, match=r'^walls.offsets has shape'):
        scenes(torch.zeros(2, 3, 2), torch.zeros(2, 3),
               walls=Walls(walls_of(ARENA).normals, torch.zeros(3)))  # fmt: skip


def test_a_long_body_is_refused():
    config = replace(LAYER.config, body_discs=((0.2, 0.0, 0.2), (-0.2, 0.0, 0.2)))
    with pytest.raises(ConfigurationError, match=r'^body_discs holds 2 discs of a long body'):
        DifferentiableVCPCBFQP(config)
