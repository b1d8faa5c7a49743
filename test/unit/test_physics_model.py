"""Models of robots with physics: what the files say is legal, or refused with a sentence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.sim.physics.model import PhysicsModelError, model_names, read_model

FOLDER = share_directory() / 'config' / 'physics'


def test_the_models_that_come_with_the_package_are_those_that_have_a_filter() -> None:
    assert model_names() == ('turtlebot3_burger', 'turtlebot4', 'warehouse_robot')
    for name in model_names():
        assert (share_directory() / 'config' / f'{name}.yaml').is_file()
        assert (FOLDER / 'limits' / f'{name}.yaml').is_file()


@pytest.mark.parametrize('name', model_names())
def test_a_model_stands_on_its_wheels_and_casters(name: str) -> None:
    model = read_model(name)
    center = model.chassis_center[0]
    supports = [0.0, *(x for x, _ in model.casters)]
    assert min(supports) <= center <= max(supports)
    assert all(abs(x) < model.radius for x in supports)
    # The motors can do what the controller asks of them, and the floor carries it.
    force = model.mass * model.acceleration
    assert 2.0 * model.motor_torque / model.wheel_radius > force
    assert model.wheel_friction * 9.81 > 2.0 * model.acceleration


@pytest.mark.parametrize(
    ('changes', 'words'),
    [
        ({'wings': 2.0}, 'wings is not a field of a model'),
        ({'track': None}, 'track is None; it must be a finite number'),
        ({'track': 0.0}, 'track is 0.0; it must be positive'),
        ({'motor_lag': -0.1}, 'motor_lag is -0.1; it must be positive'),
        ({'max_speed': 'fast'}, 'max_speed is fast; it must be a finite number'),
        ({'max_speed': float('nan')}, 'max_speed is nan'),
        ({'min_speed': 0.1}, 'min_speed is 0.1; it must not be positive'),
        ({'casters': [[0.1]]}, 'casters is'),
        ({'scan_mount': [0.0, 0.0]}, 'scan_mount is (0.0, 0.0); it must be 3 numbers'),
        ({'footprint': [[1, 1], [-1, 1], [-1, -1]]}, 'exactly one of body_radius and footprint'),
    ],
)
def test_an_illegal_model_is_refused_by_file_and_field(
    tmp_path: Path, changes: dict[str, Any], words: str
) -> None:
    values = yaml.safe_load((FOLDER / 'turtlebot4.yaml').read_text()) | changes
    path = tmp_path / 'mine.yaml'
    path.write_text(yaml.safe_dump(values))
    with pytest.raises(PhysicsModelError) as caught:
        read_model(str(path))
    assert words in str(caught.value)
    assert str(path) in str(caught.value)


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    path = tmp_path / 'mine.yaml'
    path.write_text('body_radius: 0.2\n')
    with pytest.raises(PhysicsModelError, match='chassis_mass is missing'):
        read_model(str(path))
    path.write_text('- 1\n')
    with pytest.raises(PhysicsModelError, match='no list of fields'):
        read_model(str(path))
    path.write_text('a: [\n')
    with pytest.raises(PhysicsModelError, match='cannot be read as YAML'):
        read_model(str(path))
    with pytest.raises(PhysicsModelError, match='there is no model nobody'):
        read_model('nobody')
