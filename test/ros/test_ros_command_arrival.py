"""A nominal command that arrives need not wait for the control timer, and a flood of them may."""

from time import monotonic

# A filter so slow that waiting for its timer cannot be mistaken for anything else.
SLOW = {
    'control_frequency': 1.0, 'odom_timeout': 1.5, 'cmd_timeout': 3.0, 'peer_timeout': 2.0,
    'steering_gain': 0.4, 'body_gain': 0.4,
}  # fmt: skip


def wait(rig, seconds):
    """Let so much time pass."""
    ends = monotonic() + seconds
    rig.wait_for(lambda: monotonic() > ends)


def test_a_command_comes_out_before_the_timer_is_due(filters):
    rig = filters.start(SLOW)
    rig.nominal = (0.1, 0.0)
    rig.wait_for_nominal()
    took = []
    for v in (0.2, 0.3, 0.4):
        rig.nominal = None
        seen = len(rig.commands)
        rig.wait_for(lambda: len(rig.commands) > seen + 1)  # noqa: B023 - cycles of the timer
        wait(rig, 0.4)
        sent, rig.nominal = monotonic(), (v, 0.0)
        rig.send()
        rig.nominal = None
        rig.wait_for(lambda: rig.commands[-1] == (v, 0.0))  # noqa: B023
        took.append(monotonic() - sent)
    # The timer alone is never due before 0.6 s have passed.
    assert min(took) < 0.4


def test_a_flood_of_commands_runs_hardly_more_cycles_and_the_newest_counts(filters):
    rig = filters.start({'control_frequency': 20.0})
    rig.nominal = (0.1, 0.0)
    rig.wait_for_nominal()
    sent = []

    def flood():
        rig.nominal = (0.1 + 1e-4 * len(sent), 0.0)
        sent.append(rig.nominal)
        rig.send()

    timer = rig.node.create_timer(0.002, flood)
    seen, began = len(rig.commands), monotonic()
    wait(rig, 3.0)
    cycles, seconds = len(rig.commands) - seen, monotonic() - began
    rig.node.destroy_timer(timer)
    assert cycles < 1.3 * 20.0 * seconds
    came_out = [command for command in rig.commands[seen:] if command in sent]
    assert len(came_out) > 0.8 * cycles
    assert [sent.index(command) for command in came_out] == sorted(map(sent.index, came_out))
    rig.wait_for_nominal()
    rig.wait_for_state(outcome='nominal', faults='')
