"""Each fault of a line does to messages what its name says, and only that."""

import copy
import math
from typing import Any

import pytest

pytest.importorskip('nav_msgs')

from geometry_msgs.msg import Twist
from nav_msgs.msg import Odometry

from vcp_cbf_safety.studies.faults.corruption import KINDS, Line, LineFault


def odometry(x: float = 0.0, seconds: int = 100) -> Odometry:
    message = Odometry()
    message.header.frame_id = 'map'
    message.header.stamp.sec = seconds
    message.pose.pose.position.x = x
    message.pose.pose.position.y = 0.5
    message.pose.pose.orientation.w = 1.0
    message.twist.twist.linear.x = 0.3
    return message


def leaving(line: Line, message: Any, now: float) -> list[Any]:
    return [due.message for due in line.take(message, now)]


def altered(kind: str, amount: float = 0.0, message: Any = None) -> Any:
    """What becomes of a message, and that the original stays as it was."""
    line = Line()
    line.apply(LineFault(kind=kind, amount=amount))
    message = odometry() if message is None else message
    before = copy.deepcopy(message)
    (out,) = leaving(line, message, 1.0)
    assert message == before
    assert line.injected == 1.0
    return out


def test_line_without_fault_passes_the_very_message() -> None:
    line, message = Line(), odometry()
    assert line.take(message, 2.0) == [(2.0, message)]
    assert line.injected is None


def test_stop_begins_with_the_last_good_message() -> None:
    line = Line()
    line.take(odometry(), 1.0)
    line.take(odometry(), 1.1)
    line.apply(LineFault(kind='stop'))
    assert line.injected == 1.1
    assert leaving(line, odometry(), 1.2) == []


def test_freeze_repeats_the_last_good_message() -> None:
    line, first = Line(), odometry(x=1.0, seconds=1)
    line.take(first, 1.0)
    line.apply(LineFault(kind='freeze'))
    assert leaving(line, odometry(x=2.0, seconds=2), 1.1) == [first]
    assert leaving(line, odometry(x=3.0, seconds=3), 1.2) == [first]
    assert line.injected == 1.0


def test_freeze_before_any_message_is_silent() -> None:
    line = Line()
    line.apply(LineFault(kind='freeze'))
    assert leaving(line, odometry(), 1.0) == []


def test_stick_repeats_the_numbers_with_new_stamps() -> None:
    line, first = Line(), odometry(x=1.0, seconds=1)
    line.take(first, 1.0)
    line.apply(LineFault(kind='stick'))
    (out,) = leaving(line, odometry(x=2.0, seconds=2), 1.1)
    assert (out.pose, out.twist) == (first.pose, first.twist)
    assert out.header.stamp.sec == 2
    assert first.header.stamp.sec == 1


def test_nan_position_changes_only_x() -> None:
    out = altered('nan_position')
    assert math.isnan(out.pose.pose.position.x)
    assert out.pose.pose.position.y == 0.5


def test_shift_moves_along_x() -> None:
    assert altered('shift', -1.0).pose.pose.position.x == -1.0


def test_teleport_puts_it_somewhere() -> None:
    position = altered('teleport', -0.6).pose.pose.position
    assert (position.x, position.y) == (-0.6, 0.0)


def test_restamp_shifts_the_stamp_only() -> None:
    out = altered('restamp', -5.0)
    assert out.header.stamp.sec == 95
    assert out.pose == odometry().pose


def test_a_twist_is_scaled_or_told_in_another_frame_and_the_pose_stays() -> None:
    out = altered('scale_twist', -0.5)
    assert out.twist.twist.linear.x == pytest.approx(-0.15)
    assert out.pose == odometry().pose
    linear = altered('turn_twist', -0.5 * math.pi).twist.twist.linear
    assert (linear.x, linear.y) == pytest.approx((0.0, 0.3))


def test_a_restart_counts_from_where_the_robot_is_after_the_silence() -> None:
    line = Line()
    line.take(odometry(x=1.0), 1.0)
    line.apply(LineFault(kind='restart', amount=3.0))
    assert line.injected == 1.0
    assert leaving(line, odometry(x=1.5), 3.9) == []
    poses = [leaving(line, odometry(x=x), 4.0 + x)[0].pose.pose for x in (2.0, 2.25)]
    assert [(pose.position.x, pose.position.y) for pose in poses] == [(0.0, 0.0), (0.25, 0.0)]


def test_a_restart_turns_the_way_too() -> None:
    line, turned = Line(), odometry(x=1.0)
    turned.pose.pose.orientation.z = turned.pose.pose.orientation.w = math.sqrt(0.5)
    line.apply(LineFault(kind='restart'))
    leaving(line, turned, 1.0)
    assert line.injected == 1.0
    turned.pose.pose.position.y += 0.2
    (out,) = leaving(line, turned, 1.1)
    assert out.pose.pose.position.x == pytest.approx(0.2)
    assert out.pose.pose.orientation.w == pytest.approx(1.0)


def test_other_frame_changes_the_frame_only() -> None:
    out = altered('other_frame')
    assert out.header.frame_id != 'map'
    assert out.pose == odometry().pose


def test_nan_speed_and_huge_change_commands() -> None:
    assert math.isnan(altered('nan_speed', message=Twist()).linear.x)
    out = altered('huge', 1e308, message=Twist())
    assert (out.linear.x, out.angular.z) == (1e308, 1e308)


def test_flood_fills_the_time_since_the_last_message() -> None:
    line = Line()
    line.take(Twist(), 1.0)
    line.apply(LineFault(kind='flood', amount=1000.0))
    times = [due.time for due in line.take(Twist(), 1.05)]
    assert len(times) == 50
    assert times == pytest.approx([1.05 + 0.001 * k for k in range(50)])


def test_flood_after_a_long_silence_has_an_end() -> None:
    line = Line()
    line.apply(LineFault(kind='flood', amount=1000.0))
    assert len(line.take(Twist(), 1e6)) == 100


def test_lose_drops_its_share_the_same_way_every_time() -> None:
    def passed() -> list[int]:
        line = Line(seed=3)
        line.apply(LineFault(kind='lose', amount=0.3))
        return [k for k in range(2000) if line.take(Twist(), float(k))]

    assert passed() == passed()
    assert len(passed()) == pytest.approx(1400, abs=80)


def test_delay_is_added_to_every_message() -> None:
    line = Line()
    line.apply(LineFault(delay=0.1))
    assert [due.time for due in line.take(odometry(), 1.0)] == pytest.approx([1.1])
    assert line.injected == 1.0


def test_fault_ends_when_another_is_applied() -> None:
    line = Line()
    line.apply(LineFault(kind='nan_position'))
    line.take(odometry(), 1.0)
    line.apply(LineFault())
    assert line.injected is None
    assert leaving(line, odometry(), 1.1) == [odometry()]


@pytest.mark.parametrize(
    ('fields', 'named'),
    [
        ({'kind': 'explode'}, 'kind'),
        ({'amount': math.nan}, 'amount'),
        ({'delay': -0.1}, 'delay'),
        ({'delay': math.inf}, 'delay'),
        ({'kind': 'flood'}, 'amount'),
    ],
)
def test_illegal_fault_is_refused(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(ValueError, match=f'^{named}'):
        LineFault(**fields)


@pytest.mark.parametrize('kind', KINDS)
def test_every_kind_can_be_taken_by_a_line(kind: str) -> None:
    line = Line()
    is_command = kind in ('nan_speed', 'huge')
    message = Twist() if is_command else odometry()
    line.take(message, 1.0)
    line.apply(LineFault(kind=kind, amount=1.0))
    line.take(message, 1.01)
    assert line.injected is not None or kind == 'pass'
