"""Declarations, YAML files and table say the same."""

import dataclasses

import pytest
import yaml

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.resources import share_directory
from vcp_cbf_safety.ros.parameter_files import table_text, yaml_text
from vcp_cbf_safety.ros.parameters import PARAMETERS
from vcp_cbf_safety.ros.settings import NodeSettings

CONFIG = share_directory() / 'config'


def parameters_in(text):
    return yaml.safe_load(text)['/**']['ros__parameters']


def test_every_field_of_the_filter_but_its_period_is_a_parameter():
    fields = {field.name for field in dataclasses.fields(FilterConfig)}
    assert fields - set(PARAMETERS) == {'period'}


@pytest.mark.parametrize('parameter', PARAMETERS.values(), ids=lambda p: p.name)
def test_a_parameter_has_a_legal_default_and_a_description(parameter):
    assert parameter.checked(parameter.default) == parameter.default
    assert parameter.description[0].isupper()
    assert not parameter.description.endswith('.')


def test_the_yaml_file_is_the_one_that_the_declarations_give():
    assert (CONFIG / 'safety_filter.yaml').read_text() == yaml_text()


def test_the_yaml_file_holds_every_parameter_with_its_default():
    assert parameters_in(yaml_text()) == {p.name: p.default for p in PARAMETERS.values()}


def test_the_table_is_the_one_that_the_declarations_give():
    table = share_directory() / 'docs' / 'parameters.md'
    if not table.parent.is_dir():
        pytest.skip('the documentation is only in the source tree')
    assert table.read_text() == table_text()


@pytest.mark.parametrize('name', PARAMETERS)
def test_the_table_has_one_row_for_every_parameter(name):
    assert sum(line.startswith(f'| `{name}` |') for line in table_text().splitlines()) == 1


@pytest.mark.parametrize(
    ('robot', 'radius', 'speed', 'yaw_rate'),
    [('turtlebot3_burger', 0.124, 0.22, 2.84), ('turtlebot4', 0.175, 0.306, 1.9)],
)
def test_the_file_of_a_robot_is_legal_and_has_its_limits(robot, radius, speed, yaw_rate):
    values = parameters_in((CONFIG / f'{robot}.yaml').read_text())
    settings = NodeSettings.from_parameters(values)
    config = settings.filter
    assert (config.body_radius, config.max_speed, config.max_yaw_rate) == (radius, speed, yaw_rate)
    assert settings.peer_radius == radius


def test_the_warehouse_robot_passes_a_door_of_70_centimetres():
    values = parameters_in((CONFIG / 'warehouse_robot.yaml').read_text())
    config = NodeSettings.from_parameters(values).filter
    widest = max(abs(disc.y) + disc.radius for disc in config.discs)
    assert widest + config.margin + config.position_uncertainty < 0.35 - 0.02
