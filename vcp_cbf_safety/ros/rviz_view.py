"""RViz for the filters of a launch file: config/rviz/safety_filter.rviz with their topics."""

import copy
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import yaml
from ament_index_python.packages import PackageNotFoundError, get_package_prefix

from vcp_cbf_safety.ros.addressees import is_for
from vcp_cbf_safety.ros.deployments import config_file
from vcp_cbf_safety.ros.node_spec import NodeSpec
from vcp_cbf_safety.ros.parameters import PARAMETERS

# In the file stand the topics of a filter without namespace and remaps, with this scanner.
_SCAN = 'scan'
# Topics that RViz hears by itself.
_TRANSFORMS = ('/tf', '/tf_static')


class RvizView(NamedTuple):
    """RViz for a launch file.

    Attributes:
        arguments: keyword arguments of `launch_ros.actions.Node`.
        missing: why RViz does not start, one sentence; '' when it does.
    """

    arguments: dict[str, Any]
    missing: str = ''


def rviz_of(filters: Sequence[NodeSpec], distribution: str) -> RvizView:
    """RViz with a file that shows some filters, or a sentence where it is not installed.

    Args:
        filters: as the launch file starts them, at least one.
        distribution: name of the ROS 2 distribution, '' if unknown.
    """
    try:
        get_package_prefix('rviz2')
    except PackageNotFoundError:
        package = f'ros-{distribution or "$ROS_DISTRO"}-rviz2'
        return RvizView(
            {}, f'rviz:=true needs rviz2, which is not installed: sudo apt install {package}; '
            'everything else starts'
        )  # fmt: skip
    template = yaml.safe_load(config_file('rviz/safety_filter.rviz').read_text(encoding='utf-8'))
    with tempfile.NamedTemporaryFile(
        'w', prefix='safety_filter_', suffix='.rviz', delete=False, encoding='utf-8'
    ) as file:
        yaml.safe_dump(view_of(template, filters), file, sort_keys=False)
    remaps = dict(filters[0].remappings)
    return RvizView(
        {
            'package': 'rviz2',
            'executable': 'rviz2',
            'name': 'rviz',
            'arguments': ['-d', file.name],
            'remappings': [(topic, remaps[topic]) for topic in _TRANSFORMS if topic in remaps],
            'parameters': [{'use_sim_time': bool(filters[0].parameters.get('use_sim_time'))}],
        }
    )


def view_of(template: Mapping[str, Any], filters: Sequence[NodeSpec]) -> dict[str, Any]:
    """The content of an RViz file for some filters.

    Args:
        template: that of `config/rviz/safety_filter.rviz`.
        filters: whose topics are shown; the fixed frame is the world frame of the first of them,
            and so is the topic of the tool that sets a goal.
    """
    view: dict[str, Any] = copy.deepcopy(dict(template))
    manager = view['Visualization Manager']
    parameters = [_parameters_of(spec) for spec in filters]
    shown: dict[str, Any] = {}
    for spec, values in zip(filters, parameters, strict=True):
        for display in _displays_of(manager['Displays'], spec, values):
            # What several filters hear is shown once.
            topic = display.get('Topic', {}).get('Value', '')
            shown.setdefault(f'{display["Class"]} {topic}', display)
    manager['Displays'] = list(shown.values())
    manager['Global Options']['Fixed Frame'] = parameters[0]['world_frame']
    for tool in manager['Tools']:
        if 'Topic' in tool:
            tool['Topic']['Value'] = _outside(filters[0], tool['Topic']['Value'].lstrip('/'))
    return view


def _displays_of(
    displays: Sequence[Mapping[str, Any]], spec: NodeSpec, values: Mapping[str, Any]
) -> Iterator[dict[str, Any]]:
    """Displays of one filter, with its name in front where it has a namespace."""
    for each in displays:
        if 'Topic' not in each:
            yield dict(each)
            continue
        inside = each['Topic']['Value'].lstrip('/')
        for topic in values['scan_topics'] if inside == _SCAN else [inside]:
            display = copy.deepcopy(dict(each))
            display['Topic']['Value'] = _outside(spec, topic)
            if spec.namespace:
                display['Name'] = f'{spec.namespace.strip("/")}: {each["Name"]}'
            yield display


def _outside(spec: NodeSpec, inside: str) -> str:
    """Full name of a topic that has this name in the file, after remaps and namespace."""
    outside = dict(spec.remappings).get(inside, inside)
    if outside.startswith('/'):
        return outside
    return '/' + '/'.join(part for part in (spec.namespace.strip('/'), outside) if part)


def _parameters_of(spec: NodeSpec) -> dict[str, Any]:
    """Parameters of a filter as its files and single values say; defaults where they do not."""
    values = {name: parameter.default for name, parameter in PARAMETERS.items()}
    for path in spec.parameter_files:
        try:
            content = yaml.safe_load(path.read_text(encoding='utf-8'))
        except (OSError, yaml.YAMLError):
            continue  # the node itself says what is wrong with it
        for key, section in _sections(content, ''):
            if is_for(key, spec.full_name):
                values |= {name: value for name, value in section.items() if value is not None}
    return values | dict(spec.parameters)


def _sections(content: Any, above: str) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Nodes of a parameter file with leading slash, and what it says of each."""
    if not isinstance(content, Mapping):
        return
    for key, value in content.items():
        if key == 'ros__parameters' and isinstance(value, Mapping):
            yield above, value
        else:
            yield from _sections(value, f'{above}/{str(key).lstrip("/")}')
