"""Inputs that fail and come back: hysteresis and one line each way."""

from vcp_cbf_safety.ros.watch import Log, Watch


class Scene:
    """A watch that is shown cycles of 0.02 s with a message each."""

    def __init__(self):
        self.lines = []
        self.watch = Watch('odometry', Log(self.lines.append, self.lines.append))
        self.now, self.messages = 0.0, 0

    def cycle(self, fault='', message=True, recovery_time=0.1, awaited=False):
        self.now += 0.02
        self.messages += message
        return self.watch.observe(fault, self.messages, recovery_time, self.now, awaited=awaited)

    def make_good(self):
        while self.cycle():
            pass


def test_it_must_be_good_for_the_recovery_time():
    scene = Scene()
    scene.make_good()
    began = scene.now
    assert scene.cycle('late') == 'late'
    scene.make_good()
    assert 0.1 <= scene.now - began <= 0.18


def test_the_first_good_message_is_enough_where_nothing_has_failed():
    scene = Scene()
    for _ in range(50):
        assert scene.cycle('nothing yet', message=False, awaited=True) == 'nothing yet'
    assert scene.cycle() == ''
    assert scene.lines == []


def test_a_first_message_that_is_bad_is_a_fault():
    scene = Scene()
    scene.cycle('nothing yet', message=False, awaited=True)
    assert scene.cycle('in frame map')
    assert scene.lines == ['in frame map']
    assert scene.cycle()


def test_a_fault_in_between_starts_the_recovery_again():
    scene = Scene()
    scene.cycle('late')
    for _ in range(20):
        assert scene.cycle() or scene.cycle()
        assert scene.cycle('late')


def test_a_source_that_is_too_slow_does_not_start_and_stop_the_robot():
    scene = Scene()
    scene.make_good()
    # A message, good for five cycles, then late for five, and so on.
    scene.cycle('late', message=False)
    for _ in range(5):
        assert all(scene.cycle(message=n == 0) for n in range(6))
        assert all(scene.cycle('late', message=False) for _ in range(5))


def test_one_line_each_way():
    scene = Scene()
    scene.make_good()
    assert scene.lines == []
    for _ in range(5):
        scene.cycle('odometry is late')
    scene.make_good()
    assert scene.lines[0] == 'odometry is late'
    assert 'odometry is good again after' in scene.lines[1]
    assert len(scene.lines) == 2


def test_without_recovery_time_it_is_good_at_once():
    scene = Scene()
    assert scene.cycle('late', recovery_time=0.0)
    assert scene.cycle(recovery_time=0.0) == ''
