"""docs/interface.md names every topic, type, QoS, service and key of a running filter."""

import re
import signal
from contextlib import suppress
from importlib.util import find_spec

import pytest
from documents import names, rows
from geometry_msgs.msg import Point
from rclpy.qos import DurabilityPolicy, QoSProfile
from ros_rig import Rig
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety.command import Outcome

DOCUMENT = 'interface.md'
HEARD, SAID = 'Topics that it hears', 'Topics that it publishes'
PEER = 'a_peer'

# Packages that are in no registry.
ABSENT = {name for name in ('map_msgs', 'tf2_msgs') if find_spec(name) is None}

# What a pair of angle brackets in a key stands for.
PLACEHOLDERS = {'peer': [PEER], 'scan': ['0'], 'outcome': [str(each) for each in Outcome]}


@pytest.fixture(scope='module')
def everything(module_filters) -> Rig:
    """A filter with all that it can have, ROS time and latched obstacles among it."""
    rig = module_filters.start(
        {
            'enable_stamped_cmd_vel': True,
            'peers': [PEER],
            'map_topic': 'map',
            'scan_topics': ['scan'],
            'scan_mounts': [0.0, 0.0, 0.0],
            'use_tf': True,
        },
        ['-p', 'use_sim_time:=true'],
        stamped=True,
        peers=[PEER],
    )
    latched = QoSProfile(depth=1, durability=DurabilityPolicy.TRANSIENT_LOCAL)
    rig.node.create_publisher(MarkerArray, 'obstacles', latched)
    return rig


def full(name, rig):
    """Name on the graph of a name in the document."""
    name = name.replace('{peer}', PEER).replace('{scan}', 'scan').replace('{map}', 'map')
    if name.startswith('/'):
        return name
    return f'/{rig.namespace}/' + name.replace('~/', 'safety_filter/')


def documented(rig, heading, stamped):
    """Topic, type, reliability and durability of every end that a table names.

    What comes in messages that are not installed a filter cannot hear.
    """
    ends = set()
    for row in rows(DOCUMENT, heading):
        [topic], types = names(row['topic']), names(row['type'])
        if types[0].split('/')[0] in ABSENT:
            continue
        for qos in re.findall(r'(best effort|reliable), (volatile|transient local)', row['QoS']):
            ends.add((full(topic, rig), types[-1 if stamped else 0], *qos))
    return ends


def on_the_graph(rig, heading):
    """The same of the running filter."""
    node, name, namespace = rig.node, 'safety_filter', f'/{rig.namespace}'
    if heading == HEARD:
        topics = node.get_subscriber_names_and_types_by_node(name, namespace)
        look = node.get_subscriptions_info_by_topic
    else:
        topics = node.get_publisher_names_and_types_by_node(name, namespace)
        look = node.get_publishers_info_by_topic
    return {
        (topic, end.topic_type, *words(end.qos_profile))
        for topic, _ in topics
        for end in look(topic)
        if (end.node_name, end.node_namespace) == (name, namespace)
    }


def words(qos):
    return [each.name.lower().replace('_', ' ') for each in (qos.reliability, qos.durability)]


def services(rig):
    found = rig.node.get_service_names_and_types_by_node('safety_filter', f'/{rig.namespace}')
    return {(name, *types) for name, types in found}


def documented_services(rig):
    return {
        (full(*names(row['service']), rig), *names(row['type']))
        for row in rows(DOCUMENT, 'Services')
    }


def assert_agree(rig, look, expected):
    """Wait for the graph, and show what differs when it stays different."""
    node = ('safety_filter', f'/{rig.namespace}')
    rig.wait_for(lambda: node in rig.node.get_node_names_and_namespaces())
    with suppress(AssertionError):
        rig.wait_for(lambda: look() == expected, timeout=10.0)
    assert look() == expected


@pytest.mark.parametrize('heading', [HEARD, SAID])
def test_the_document_names_every_topic_with_type_and_qos(everything, heading):
    assert_agree(
        everything,
        lambda: on_the_graph(everything, heading),
        documented(everything, heading, stamped=True),
    )


@pytest.mark.parametrize('heading', [HEARD, SAID])
def test_without_parameters_it_has_what_the_document_does_not_tie_to_one(module_filters, heading):
    rig = module_filters.start()
    expected = {
        end
        for end in documented(rig, heading, stamped=False)
        if end[0]
        not in (
            '/clock',
            '/tf',
            '/tf_static',
            f'/{PEER}/odom',
            full('scan', rig),
            full('map', rig),
            full('map_updates', rig),
        )
        and (end[0], end[-1]) != (full('obstacles', rig), 'transient local')
    }
    assert_agree(rig, lambda: on_the_graph(rig, heading), expected)


def test_the_document_names_every_service_with_its_type(everything):
    assert_agree(everything, lambda: services(everything), documented_services(everything))


def test_an_unconfigured_filter_has_the_services_and_the_topic_that_the_document_says(filters):
    rig = filters.rig(filters.launch({'autostart': False}))
    assert_agree(rig, lambda: services(rig), documented_services(rig))
    heard = lambda: {topic for topic, *_ in on_the_graph(rig, HEARD)}  # noqa: E731
    assert_agree(rig, heard, {full('emergency_stop', rig)})
    assert not rig.node.count_publishers(full('cmd_vel', rig))


def documented_keys(heading):
    """Keys that a table names, one for each meaning of a placeholder."""
    keys = set()
    for row in rows(DOCUMENT, heading):
        for key in names(row['key']):
            found = re.search('<(.*?)>', key)
            if found:
                keys |= {key.replace(found[0], each) for each in PLACEHOLDERS[found[1]]}
            else:
                keys.add(key)
    return keys


def test_the_document_names_every_key_of_the_state(everything):
    everything.wait_for(lambda: everything.states)
    # The rig adds message and level of the status to its values.
    assert set(everything.states[-1]) - {'message', 'level'} == documented_keys('State')


def test_the_document_names_every_key_of_the_diagnostics(everything):
    everything.wait_for(lambda: everything.diagnostics)
    assert set(everything.diagnostics[-1]) - {'message', 'level'} == documented_keys('Diagnostics')


ACTIONS = ('ADD', 'MODIFY', 'DELETE', 'DELETEALL')
TYPES = {
    name for name in dir(Marker) if isinstance(getattr(Marker, name), int) and name not in ACTIONS
}
# One metre apart: a line between them has twenty discs.
PLACES = [Point(x=3.0), Point(x=4.0)]
PIECES = 20


def types_taken_as(what):
    """Types of markers, by what the document says that the filter takes them as."""
    return [
        name
        for row in rows(DOCUMENT, 'Obstacle markers')
        for name in names(row['type'])
        if row['taken as'].startswith(what)
    ]


def markers(types):
    """A message with one marker of each type, those with points at two places."""
    made = []
    for name in types:
        marker = Marker(ns=name, type=getattr(Marker, name), text='a word', points=PLACES)
        marker.header.frame_id = 'odom'
        marker.pose.position.x, marker.pose.orientation.w = 3.0, 1.0
        marker.scale.x = marker.scale.y = marker.scale.z = 0.4
        made.append(marker)
    return MarkerArray(markers=made)


def test_the_document_names_every_type_of_marker():
    named = types_taken_as('obstacle') + types_taken_as('ignored') + types_taken_as('refused')
    assert len(named) == len(set(named))
    # An older ROS 2 has no strips of arrows.
    assert set(named) == TYPES | {'ARROW_STRIP'}


def test_markers_are_taken_as_the_document_says(filters):
    rig = filters.start()
    publisher = rig.node.create_publisher(MarkerArray, 'obstacles', 10)
    rig.wait_for(publisher.get_subscription_count)

    def counts():
        newest = rig.diagnostics[-1]
        return int(newest['obstacles']), int(newest['obstacles_refused'])

    obstacles = types_taken_as('obstacle')
    lines = ('LINE_STRIP', 'LINE_LIST')
    lists = [each for each in obstacles if 'LIST' in each or each == 'POINTS']
    discs = sum(len(PLACES) for each in lists if each not in lines) + PIECES * len(lines)
    discs += len([each for each in obstacles if each not in (*lists, *lines)])
    publisher.publish(markers(obstacles))
    rig.wait_for(lambda: rig.diagnostics and counts() == (discs, 0))
    refused = types_taken_as('refused')
    publisher.publish(markers(TYPES & set(types_taken_as('ignored'))))
    publisher.publish(markers(refused))
    rig.wait_for(lambda: counts() == (discs, len(refused)))


def test_the_document_names_every_exit_code(filters):
    bad = filters.launch({'margin': -1.0})
    refused = filters.processes.wait(bad, 20.0)
    ended = filters.stop(filters.start(), signal.SIGTERM)
    assert [row['code'] for row in rows(DOCUMENT, 'Exit codes')] == [str(ended), str(refused)]
