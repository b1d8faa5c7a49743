"""What is wrong on the graph is said once, and once more when it is over."""

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')

from vcp_cbf_safety.ros.bypass import GraphIssues
from vcp_cbf_safety.ros.graph_watch import GraphWatch
from vcp_cbf_safety.ros.watch import Log


@pytest.fixture
def log():
    """Lines of the log, and a watch that writes them."""
    lines = []
    return lines, GraphWatch(Log(lines.append, lines.append, lines.append))


def test_an_issue_is_said_when_it_comes_and_when_it_goes(log):
    lines, watch = log
    around = GraphIssues(bypasses=('somebody drives around',), mismatches=('nobody hears',))
    for found in (GraphIssues(), around, around):
        watch.update(found, simulated_time=False, ros_now=1.0)
    assert lines == ['nobody hears', 'somebody drives around']
    assert watch.bypass == 'somebody drives around'
    assert watch.issues == ('somebody drives around', 'nobody hears')
    watch.update(GraphIssues(), simulated_time=False, ros_now=1.0)
    assert lines[2:] == [
        'no longer so: nobody hears', 'no longer so: somebody drives around',
    ]  # fmt: skip
    assert watch.bypass == ''


def test_a_clock_without_time_is_an_issue_when_it_had_time_to_be_found(log):
    lines, watch = log
    for _ in range(2):
        watch.update(GraphIssues(), simulated_time=True, ros_now=0.0)
    assert lines == []
    watch.update(GraphIssues(), simulated_time=True, ros_now=0.0)
    assert 'nothing has come on /clock' in lines[0]
    watch.update(GraphIssues(), simulated_time=True, ros_now=3.0)
    assert watch.issues == ()
