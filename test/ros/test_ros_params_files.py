"""A parameter file that says nothing to the node it is given to ends the node; others start it."""

import pytest
import rclpy

from vcp_cbf_safety.ros.addressees import addressees, is_for

EMPTY = '{ros__parameters: {}}'
ROBOT = '{ros__parameters: {max_speed: 0.3}}'

# Files for somebody else, with the nodes that the sentence names.
FOREIGN = [
    (f'/robot2/safety_filter: {ROBOT}', '/robot2/safety_filter'),
    (f'safety_filter: {ROBOT}', '/safety_filter'),
    (f'vcp_cbf_safety: {ROBOT}', '/vcp_cbf_safety'),
    (f'/*: {ROBOT}', '/*'),
    (f'/**/safety_filtre: {ROBOT}', '/**/safety_filtre'),
    (f'robot2: {{safety_filter: {ROBOT}, nav: {ROBOT}}}', '/robot2/safety_filter, /robot2/nav'),
    (f'a: {EMPTY}\n---\nb: {EMPTY}', '/a, /b'),
]
# Files that start a node in the namespace OWN.
STARTING = [
    f'/**: {ROBOT}',
    f'/OWN/safety_filter: {ROBOT}\n/robot2/nav: {ROBOT}',
    f'OWN: {{safety_filter: {ROBOT}}}',
    f'/**/safety_filter: {ROBOT}',
    f'/OWN/**: {EMPTY}',
    '# nothing yet\n',
    '',
]


def refused(filters, name):
    """What a filter says that ends by itself."""
    assert filters.processes.wait(name, 30.0) == 1
    output = filters.processes.output(name)
    assert 'Traceback' not in output
    (sentence,) = (
        line for line in output.splitlines() if line.startswith('safety_filter: the parameter')
    )
    return sentence


def wait_until_it_filters(filters, name):
    rig = filters.rig(name)
    rig.wait_for(lambda: f'filtering /{name}/cmd_vel_nom' in filters.processes.output(name))


@pytest.mark.parametrize(('text', 'nodes'), FOREIGN, ids=lambda text: text[:30])
def test_a_file_for_other_nodes_alone_ends_it_with_one_sentence(filters, text, nodes):
    name = filters.launch(text)
    own = f'/{name}/safety_filter'
    assert refused(filters, name).endswith(
        f'{name}.yaml has parameters for {nodes} and nothing for this node, {own}; write {own} or '
        '/** above ros__parameters, or leave the file out'
    )


@pytest.mark.parametrize('text', STARTING, ids=lambda text: text[:30])
def test_a_file_with_anything_for_it_or_with_nothing_at_all_starts_it(filters, text):
    name = filters.name()
    filters.launch(text.replace('OWN', name), name=name)
    wait_until_it_filters(filters, name)


def test_each_of_several_files_has_to_have_something_for_it(filters, tmp_path):
    foreign = tmp_path / 'robot2.yaml'
    foreign.write_text(f'/robot2/safety_filter: {ROBOT}')
    name = filters.launch({}, ['--params-file', str(foreign)])
    assert f'the parameter file {foreign} has' in refused(filters, name)


def test_a_new_name_is_the_name_that_counts(filters):
    name = filters.launch(f'/**/guard: {ROBOT}', ['-r', '__node:=guard'])
    wait_until_it_filters(filters, name)
    name = filters.launch(f'/**/safety_filter: {ROBOT}', ['-r', '__node:=guard'])
    assert f'nothing for this node, /{name}/guard;' in refused(filters, name)


def test_single_values_need_no_file_and_may_name_the_node_or_another(filters):
    arguments = ['-p', 'max_speed:=0.3', '-p', 'safety_filter:margin:=0.2', '-p', 'nav:a:=1']
    wait_until_it_filters(filters, filters.launch('', arguments))


KEYS = [
    '/**', '/*', '**', '*', '/**/safety_filter', '/*/safety_filter', '/robot1/*', '/robot1/**',
    '/*/*', '/robot1/**/safety_filter', 'safety_filter', '/safety_filter', 'safety_filte',
    'robot1/safety_filter', '/robot1/safety_filter', '/robot/safety_filter', '/robot1/safety',
    '/robot1', '/**/robot1/safety_filter', '/robot1/a/safety_filter', '/robot1/*/safety_filter',
]  # fmt: skip
NESTED = [
    ('robot1: {safety_filter: X}', ['/robot1/safety_filter']),
    ('/robot1: {safety_filter: X, nav: X}', ['/robot1/safety_filter', '/robot1/nav']),
    ('/**: {safety_filter: X}', ['/**/safety_filter']),
    ('/: {safety_filter: X}', ['/safety_filter']),
    ('robot1: {a: {safety_filter: X}}', ['/robot1/a/safety_filter']),
    ('robot1: {a: X}\nrobot1: {safety_filter: X}', ['/robot1/a', '/robot1/safety_filter']),
    ('nav: X\n---\nrobot1: {safety_filter: X}', ['/nav', '/robot1/safety_filter']),
    ('nav: X\n', ['/nav']),
]
NAMESPACES = ['/', '/robot1', '/robot1/a']


@pytest.fixture
def rclpy_takes(ros_environment, tmp_path):
    """Whether rclpy gives a node in a namespace the parameter `seen` of a file."""

    def takes(path, namespace):
        context = rclpy.Context()
        rclpy.init(
            context=context,
            args=['--ros-args', '--params-file', str(path)],
            domain_id=int(ros_environment['ROS_DOMAIN_ID']),
        )
        node = rclpy.create_node('safety_filter', namespace=namespace, context=context)
        name, seen = node.get_fully_qualified_name(), node.declare_parameter('seen', 0).value
        node.destroy_node()
        rclpy.try_shutdown(context=context)
        return name, seen == 1

    return takes


@pytest.mark.parametrize('namespace', NAMESPACES)
def test_a_key_is_for_a_node_exactly_where_rclpy_says_so(rclpy_takes, tmp_path, namespace):
    files = [(f'"{key}": X', [f'/{key.lstrip("/")}']) for key in KEYS]
    for text, keys in files + NESTED:
        path = tmp_path / 'file.yaml'
        path.write_text(text.replace('X', '{ros__parameters: {seen: 1}}'))
        assert addressees(path) == keys
        full_name, taken = rclpy_takes(path, namespace)
        assert any(is_for(key, full_name) for key in keys) == taken, (text, full_name)
