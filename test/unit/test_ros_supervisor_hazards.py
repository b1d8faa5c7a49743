"""Supervisor: which obstacles and peers a cycle sees, and when they brake the robot."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from rclpy.serialization import serialize_message
from ros_bench import PERIOD, Bench, cylinder, driving
from visualization_msgs.msg import Marker, MarkerArray

from vcp_cbf_safety import Arena, Circle
from vcp_cbf_safety.ros.polling import RawMessage


class TestObstacles:
    def test_those_of_the_parameters_and_those_of_the_topic_are_all_there(self):
        bench = driving(obstacles=[1.0, 1.0, 0.3], arena=[-4.0, -3.0, 4.0, 3.0])
        bench.mark(cylinder(7, 2.0))
        hazards = bench.cycle().hazards
        assert hazards.arena == Arena(-4.0, -3.0, 4.0, 3.0)
        assert hazards.circles == (
            Circle(1.0, 1.0, 0.3, name='obstacles[0]'),
            Circle(2.0, 0.0, 0.2, name='a/7'),
        )

    def test_silence_brakes_where_perception_must_be_heard(self):
        bench = Bench(obstacles_timeout=0.5)
        bench.cycle(100)
        reason = 'nothing came on the topic obstacles within obstacles_timeout (0.5 s)'
        assert bench.cycle().brake == reason
        assert bench.lines == [reason]
        bench.mark()
        number, _ = bench.until_it_drives()
        assert number == pytest.approx(0.2 / PERIOD + 1, abs=1)
        number, view = bench.until_it_brakes()
        assert view.brake == reason
        assert bench.lines[2:] == [reason]

    def test_the_first_obstacles_are_awaited_as_long_as_they_may_be_old(self):
        bench = Bench(obstacles_timeout=0.5)
        assert bench.cycle(20).brake
        bench.mark()
        assert bench.cycle().brake == ''
        assert bench.lines == []

    def test_one_that_cannot_be_placed_brakes_and_is_said_by_the_store_alone(self):
        bench = driving()
        bench.mark(cylinder(7, 2.0, Marker.TRIANGLE_LIST))
        assert 'marker a/7 has type' in bench.cycle().brake
        assert len(bench.lines) == 1
        bench.mark(cylinder(7, 2.0))
        bench.until_it_drives()
        assert 'the list of obstacle markers is good again' in bench.lines[1]

    @pytest.mark.parametrize(('network', 'count'), [(False, 100), (True, 600)])
    def test_of_very_many_those_that_can_matter_are_seen_and_by_a_network_all(
        self, network, count
    ):
        bench = driving(**{'barriernet.enabled': network})
        bench.mark(*(cylinder(i, 2.0 + 0.1 * i) for i in range(600)))
        circles = bench.cycle().hazards.circles
        assert [circle.name for circle in circles] == [f'a/{i}' for i in range(count)]

    def test_a_message_that_cannot_be_read_brakes_with_one_line_each_way(self):
        bench = driving()
        arrived = [RawMessage(b'no message', 0, 0.0)]
        bench.markers.queue.connect(lambda: [arrived.pop()] if arrived else [])
        bench.supervisor.poll(bench.now)
        view = bench.cycle()
        assert view.brake == view.faults[0] == bench.lines[0]
        assert 'a message on /obstacles cannot be read' in view.brake
        arrived.append(RawMessage(serialize_message(MarkerArray()), 0, 0.0))
        bench.supervisor.poll(bench.now)
        bench.until_it_drives()
        assert 'the topic obstacles is good again' in bench.lines[1]


class TestPeers:
    @pytest.fixture
    def bench(self):
        return driving(peers=['ann', 'bob'], peer_radius=0.2)

    def test_all_are_kept_away_from(self, bench):
        bench.peers['bob'] = 4.0
        bench.cycle(100)
        peers = bench.cycle().hazards.peers
        assert [(peer.name, peer.x, peer.radius) for peer in peers] == [
            ('ann', 3.0, 0.2), ('bob', 4.0, 0.2),
        ]  # fmt: skip

    def test_one_that_is_stale_is_a_fault_and_no_reason_to_brake(self, bench):
        del bench.peers['ann']
        view = bench.cycle(30)
        assert view.brake == ''
        assert ['ann' in fault for fault in view.faults] == [True]
        assert view.hazards.peers[0].radius > 0.3

    def test_one_that_is_lost_brakes_with_one_line_each_way(self, bench):
        del bench.peers['ann']
        number, view = bench.until_it_brakes()
        assert number == pytest.approx(1.0 / PERIOD + 1, abs=1)
        assert 'ann' in view.brake
        assert [peer.name for peer in view.hazards.peers] == ['bob']
        bench.cycle(50)
        bench.peers['ann'] = 3.0
        bench.until_it_drives()
        assert len(bench.lines) == 2
        assert 'peer ann is good again' in bench.lines[1]

    def test_one_that_jumps_brakes_and_is_kept_away_from_where_it_says_it_is(self, bench):
        bench.peers['ann'] = 5.0
        view = bench.cycle()
        assert 'peer ann: /ann/odom jumped by 2.000 m' in view.brake
        assert [(peer.name, peer.x) for peer in view.hazards.peers] == [('ann', 5.0), ('bob', 3.0)]

    def test_one_that_was_never_heard_of_may_be_ignored(self):
        bench = Bench(peers=['ann'], peer_lost_action='ignore')
        number, view = bench.until_it_drives()
        assert number == pytest.approx(1.0 / PERIOD, abs=1)
        assert view.faults[0].startswith('peer ann is taken to be absent')

    def test_one_that_is_no_peer_any_more_is_forgotten_and_the_others_are_not(self, bench):
        bench.follow(peers=['bob'])
        bench.peers = {'bob': 3.0}
        view = bench.cycle()
        assert (view.brake, view.faults) == ('', ())
        assert [peer.name for peer in view.hazards.peers] == ['bob']

    def test_a_new_one_must_be_heard_first(self, bench):
        bench.follow(peers=['ann', 'bob', 'eve'])
        assert bench.cycle().brake == 'peer eve has no odometry on /eve/odom yet'
        bench.peers['eve'] = 3.0
        bench.until_it_drives()
