"""Topics: none of the filter's is another of its own, and when a message came."""

import math

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from geometry_msgs.msg import TwistStamped
from rclpy.time import Time

from vcp_cbf_safety import ConfigurationError
from vcp_cbf_safety.ros.connections import check_topics
from vcp_cbf_safety.ros.inputs import Inputs
from vcp_cbf_safety.ros.settings import NodeSettings

PEERS = NodeSettings.from_parameters({'peers': ['ann', 'bob']})


def resolved(remaps=None):
    """The names of topics in a namespace, after remapping."""

    def resolve(topic):
        topic = (remaps or {}).get(topic, topic)
        return topic if topic.startswith('/') else f'/robot1/{topic}'

    return resolve


def test_topics_that_differ_are_fine():
    check_topics(resolved(), PEERS)
    check_topics(resolved({'cmd_vel_nom': 'teleop', 'odom': '/localisation'}), PEERS)


@pytest.mark.parametrize('remaps', [{'cmd_vel': 'cmd_vel_nom'}, {'cmd_vel_nom': 'cmd_vel'}])
def test_a_filter_that_would_hear_its_own_commands_is_refused(remaps):
    with pytest.raises(
        ConfigurationError, match=r'cmd_vel and cmd_vel_nom are both /robot1/.*: remap one of them'
    ):
        check_topics(resolved(remaps), PEERS)


@pytest.mark.parametrize('remaps', [{'odom': '/bob/odom'}, {'/bob/odom': 'odom'}])
def test_a_robot_that_would_take_itself_for_a_peer_is_refused(remaps):
    with pytest.raises(
        ConfigurationError, match=r"peer 'bob', /bob/odom, and .*: take 'bob' out of peers"
    ):
        check_topics(resolved(remaps), PEERS)


class Post:
    """Inputs whose nominal command has a queue, with the time that the wall clock says it lay."""

    def __init__(self):
        self.queue, self.clock = [], 0.0
        self.inputs = Inputs(
            odom_topic='/odom',
            nominal_topic='/cmd_vel_nom',
            goal_topic='/goal_pose',
            ros_now=lambda: self.clock,
            warn=[].append,
        )
        self.nominal = self.inputs.nominal
        self.inputs.connect(
            self.nominal, lambda: (TwistStamped(), self.queue.pop()) if self.queue else None
        )

    def poll(self, now, *waited):
        self.queue = list(waited)
        self.inputs.poll(now)
        return self.nominal


def test_a_message_came_when_it_was_received_not_when_it_was_looked_at():
    post = Post()
    post.poll(50.0)
    assert post.poll(50.02, 0.015).received == pytest.approx(50.005)


def test_without_a_new_message_the_last_one_stays():
    post = Post()
    post.poll(50.0, 0.0)
    assert (post.poll(50.5).age(50.5), post.nominal.count) == (0.5, 1)
    assert post.nominal.message is not None


@pytest.mark.parametrize(
    ('waited', 'received'), [(-3.0, 50.02), (3600.0, 50.0), (math.inf, 50.0), (-math.inf, 50.02)]
)
def test_a_wall_clock_that_jumped_puts_it_between_the_last_look_and_this_one(waited, received):
    post = Post()
    post.poll(50.0)
    assert post.poll(50.02, waited).received == pytest.approx(received)


def test_a_message_that_was_there_before_the_first_look_may_have_lain_for_long():
    assert Post().poll(50.0, 30.0).received == pytest.approx(20.0)


def test_a_stamp_that_says_how_old_it_is_counts_from_when_it_came():
    post = Post()
    post.clock = 1000.0
    post.poll(50.0)
    message = TwistStamped()
    message.header.stamp = Time(seconds=999.9).to_msg()
    post.inputs.receive(post.nominal, message, 50.02, 0.01)
    assert post.nominal.content_age(50.02) == pytest.approx(0.1, abs=1e-6)


def test_a_peer_that_is_forgotten_is_not_looked_for_any_more():
    post = Post()
    asked, heard = [], []
    for name in ('ann', 'bob'):
        newest = post.inputs.listen(f'/{name}/odom')
        post.inputs.connect(newest, lambda name=name: asked.append(name))
        heard.append(newest)
    post.inputs.forget(heard[0])
    post.poll(50.0, 0.0)
    assert asked == ['bob']
    assert post.nominal.count == 1
