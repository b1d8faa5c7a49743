"""Motion of markers: found, estimated, not made of noise, forgotten, unknown after a jump."""

import math
from dataclasses import replace

import pytest

from vcp_cbf_safety import FilterConfig
from vcp_cbf_safety.ros.marker_motion import Sighting, Track

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.02, min_speed=-0.2, max_speed=1.0, max_yaw_rate=2.0,
    position_uncertainty=0.02, peer_max_speed=1.5, peer_max_acceleration=1.0,
)  # fmt: skip
EPOCH = 1e9


class Walker:
    """A marker, reported to a track with or without stamps."""

    def __init__(self, config=CONFIG, stamped=False):
        self.track, self._config, self._stamped = Track(), config, stamped

    def seen(self, time, *places, delay=0.0, stamp=None):
        """Report it at a monotonic time, `delay` later than it was measured; its motion."""
        if stamp is None:
            stamp = EPOCH + time - delay if self._stamped else 0.0
        transport = max(0.0, EPOCH + time - stamp)
        self.track.see([Sighting(x, y, stamp, transport, time) for x, y in places], self._config)
        return self.track.motion

    def walk(self, velocity, until, start=0.0, rate=10.0):
        """Report it on its straight way; its motion at the end."""
        for step in range(round((until - start) * rate) + 1):
            time = start + step / rate
            motion = self.seen(time, (velocity * time, 0.0))
        return motion


def test_what_is_seen_once_stands():
    assert Walker().seen(1.0, (2.0, 3.0)) is None


@pytest.mark.parametrize('stamped', [False, True])
def test_two_reports_make_a_velocity_with_its_uncertainty(stamped):
    walker = Walker(stamped=stamped)
    walker.seen(0.0, (0.0, 0.0))
    motion = walker.seen(0.1, (0.0, 0.1))
    assert (motion.vx, motion.vy) == pytest.approx((0.0, 1.0))
    assert motion.measured == 0.1
    # Two wrong positions 0.1 s apart, and what 1 m/s^2 changes in that time.
    certain = 2.0 * 0.02 / 0.1 + 0.05
    assert certain <= motion.doubt <= certain + (0.02 if stamped else 0.5)


def test_more_reports_make_the_velocity_better_known():
    doubts = [Walker(stamped=True).walk(1.0, until).doubt for until in (0.1, 0.2, 0.3, 2.0)]
    assert doubts[0] > doubts[1] > doubts[2]
    assert doubts[3] == pytest.approx(doubts[2])


def test_a_slow_motion_is_found_within_a_second():
    assert Walker().walk(0.1, 1.0).vx == pytest.approx(0.1)


def test_what_rests_is_static_after_a_second_and_slow_before():
    walker = Walker(stamped=True)
    walker.walk(1.0, 2.0)
    speeds = [walker.seen(2.0 + 0.1 * step, (2.0, 0.0)) for step in range(1, 14)]
    moving = [motion for motion in speeds if motion is not None]
    assert 9 <= len(moving) <= 11
    assert speeds[:5] == moving[:5]
    assert moving[-1].vx == 0.0
    assert speeds[-1] is None


def test_what_comes_late_by_its_stamp_is_that_old_and_no_slower():
    walker = Walker(stamped=True)
    walker.seen(0.1, (0.0, 0.0), delay=0.1)
    motion = walker.seen(0.5, (0.1, 0.0), delay=0.4)
    assert motion.vx == pytest.approx(1.0)
    assert motion.measured == pytest.approx(0.1)


@pytest.mark.parametrize(
    'stamps',
    [[0.0, 0.0], [0.0, EPOCH], [EPOCH, EPOCH], [EPOCH, EPOCH - 0.1], [EPOCH, EPOCH - 1e6],
     [EPOCH, EPOCH + 1.5]],
    ids=['none', 'second only', 'the same', 'back', 'far back', 'jumped'],
)  # fmt: skip
def test_stamps_that_are_no_use_leave_the_receipt(stamps):
    walker = Walker()
    walker.seen(1.0, (0.0, 0.0), stamp=stamps[0])
    motion = walker.seen(1.1, (0.1, 0.0), stamp=stamps[1])
    assert motion.vx == pytest.approx(1.0)
    assert motion.measured == 1.1


def test_the_same_message_heard_by_two_subscriptions_is_one():
    once, twice = Walker(stamped=True), Walker(stamped=True)
    for step in range(5):
        time, place = 0.1 * step, (0.1 * step, 0.0)
        stamp = EPOCH + time - 0.05
        expected = once.seen(time, place, stamp=stamp)
        found = twice.seen(time, place, stamp=stamp)
        assert twice.seen(time + 0.001, place, stamp=stamp) == found == expected


def test_of_what_jumps_only_the_top_speed_is_known_until_it_is_seen_again():
    walker = Walker()
    walker.walk(1.0, 1.0)
    motion = walker.seen(1.1, (5.0, 5.0))
    assert (motion.vx, motion.vy, motion.doubt) == (0.0, 0.0, CONFIG.peer_max_speed)
    motion = walker.seen(1.2, (5.0, 5.05))
    assert (motion.vx, motion.vy) == pytest.approx((0.0, 0.5))


def test_what_stood_and_jumps_may_move():
    walker = Walker()
    for step in range(20):
        walker.seen(0.1 * step, (1.0, 0.0))
    assert walker.seen(2.0, (3.0, 0.0)).doubt == CONFIG.peer_max_speed


def test_two_that_swap_one_id_never_stand():
    walker = Walker()
    for step in range(30):
        motion = walker.seen(0.1 * step, (3.0 * (step % 2), 0.0))
        assert step == 0 or motion.doubt == CONFIG.peer_max_speed


def test_somewhat_faster_than_allowed_is_believed_and_much_faster_is_not():
    assert Walker().walk(2.5, 0.5).vx == pytest.approx(2.5)
    assert Walker().walk(5.0, 0.5).vx == 0.0


def test_nothing_moves_where_nothing_may_move():
    config = replace(CONFIG, peer_max_speed=0.0)
    motion = Walker(config).walk(1.0, 0.5)
    assert (motion.vx, motion.vy, motion.doubt) == (0.0, 0.0, 0.0)


@pytest.mark.parametrize('stamped', [False, True])
def test_what_is_elsewhere_after_a_pause_has_been_put_there(stamped):
    walker = Walker(stamped=stamped)
    walker.walk(1.0, 1.0)
    assert walker.seen(4.0, (3.0, 0.0)) is None


def test_history_that_arrives_all_at_once_says_what_it_says():
    walker = Walker(stamped=True)
    for step in range(20):
        motion = walker.seen(10.0, (0.1 * step, 0.0), delay=1.95 - 0.1 * step)
    assert motion is None or math.isclose(motion.vx, 1.0, abs_tol=motion.doubt)


def test_reports_without_stamps_that_arrive_at_once_make_no_speed_that_nobody_has():
    walker = Walker()
    for step in range(20):
        motion = walker.seen(10.0, (0.1 * step, 0.0))
    assert (motion.vx, motion.doubt) == (0.0, CONFIG.peer_max_speed)
