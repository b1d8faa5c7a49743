"""Verdicts on recordings whose truth is known."""

from typing import Any

import pytest

pytest.importorskip('nav_msgs')

from vcp_cbf_safety.reason_code import ReasonCode
from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.fault import Action, Expectation, Fault
from vcp_cbf_safety.studies.faults.recording import Notice, Recording, TrueMotion
from vcp_cbf_safety.studies.faults.report import as_json, markdown
from vcp_cbf_safety.studies.faults.scene import CMD_TIMEOUT, CRUISE, PEER, nodes
from vcp_cbf_safety.studies.faults.verdict import cruising_speed, failed, first_braking, judge
from vcp_cbf_safety.studies.published import PublishedCommand, PublishedState

PERIOD = 0.02
INJECTED = 1.0
ENDED = 3.0
REASON = 'odometry on /odom is old'


def recording(brakes_at: float | None = None, reason: str = REASON) -> Recording:
    """Cruising from 0 s; braking from a time until 3 s; cruising again until 4 s."""
    result = Recording(injected=INJECTED, ended=ENDED, worst_clearance=0.3)
    v, time = CRUISE, 0.0
    result.states.append(PublishedState(0.0, 'nominal', '', ''))
    for _ in range(200):
        if brakes_at is not None and brakes_at - 1e-9 <= time < ENDED:
            if v == CRUISE:
                result.states.append(PublishedState(time, 'braking', '', reason))
            v = max(0.0, v - 1.0 * PERIOD)
        else:
            v = CRUISE
        result.commands.append(PublishedCommand(time, v, 0.0))
        result.motion.append(TrueMotion(time, 0.0, v))
        time += PERIOD
    if brakes_at is not None:
        result.notices.append(Notice(ENDED - 0.1, 2, reason, 'inputs'))
    result.notices += [Notice(ENDED + 1.0, 0, '', status) for status in ('inputs', 'safety')]
    return result


def fault(**expected: Any) -> Fault:
    return Fault(name='test', title='a test', expected=Expectation(reaction='', **expected))


def test_speed_before_the_fault() -> None:
    assert cruising_speed(recording(brakes_at=1.2)) == CRUISE


def test_first_braking_command_is_found_on_cmd_vel() -> None:
    found = first_braking(recording(brakes_at=1.2))
    assert found is not None
    assert found.wall == pytest.approx(1.2)


def test_one_command_of_a_late_cycle_is_no_braking() -> None:
    hiccup = recording(brakes_at=1.2)
    late = PublishedCommand(1.1, 0.4, 0.0)
    hiccup.commands = [late if abs(c.wall - 1.1) < 1e-6 else c for c in hiccup.commands]
    assert late in hiccup.commands
    assert first_braking(hiccup).wall == pytest.approx(1.2)


def test_a_late_cycle_is_no_braking_without_need() -> None:
    late = recording()
    late.states.append(PublishedState(1.5, 'braking', '', 'too late', ReasonCode.LATE_CYCLE))
    late.states.append(PublishedState(1.6, 'nominal', '', ''))
    assert judge(fault(brakes=False), late).good


def test_cycles_that_come_late_all_the_time_are_bad() -> None:
    late = recording()
    late.diagnostics['late_ticks'] = '11'
    assert '11 of 100 cycles came late' in judge(fault(brakes=False), late).wrong
    late.diagnostics['late_ticks'] = '9'
    assert judge(fault(brakes=False), late).good


def test_small_changes_are_no_braking() -> None:
    steady = recording()
    steady.commands = [
        PublishedCommand(each.wall, each.v - 0.004 * (index % 2), 0.0)
        for index, each in enumerate(steady.commands)
    ]
    assert first_braking(steady) is None


def test_expected_braking_in_time_is_good() -> None:
    verdict = judge(
        fault(brakes=True, due=0.2, rests=True, names=('/odom',)), recording(brakes_at=1.22)
    )
    assert verdict.good, verdict.wrong
    assert verdict.reaction_periods == pytest.approx(1.0)
    assert verdict.observed == 'braking: odometry on /odom is old'


def test_late_braking_is_bad() -> None:
    verdict = judge(fault(brakes=True, due=0.2), recording(brakes_at=1.3))
    assert verdict.wrong == ('reacted after 5.0 periods; 2 are allowed',)


def test_no_braking_is_bad() -> None:
    assert 'did not brake' in judge(fault(brakes=True), recording()).wrong


def test_robot_that_does_not_stand_in_the_end_is_bad() -> None:
    rolling = recording(brakes_at=1.22)
    rolling.motion = [TrueMotion(m.wall, m.x, max(m.speed, 0.1)) for m in rolling.motion]
    verdict = judge(fault(brakes=True, due=0.2, rests=True), rolling)
    assert verdict.wrong == ('still drove at 0.10 m/s at the end of the fault',)


def test_braking_without_need_is_bad() -> None:
    verdict = judge(fault(brakes=False), recording(brakes_at=1.2))
    assert verdict.wrong == ('is braking: odometry on /odom is old',)


def test_braking_that_does_not_settle_is_bad() -> None:
    expected = fault(settles=True)
    assert judge(expected, recording(brakes_at=1.2)).wrong == (f'is still braking: {REASON}',)
    settled = recording(brakes_at=1.2)
    settled.states.append(PublishedState(1.5, 'nominal', '', ''))
    assert judge(expected, settled).good


def test_warning_in_the_log_is_shown() -> None:
    heard = recording()
    heard.logged = (
        '[WARN] [0.5] [a.b]: before\n[INFO] [1.1] [a.b]: hello\n'
        '[WARN] [1.2] [a.b]: /odom is 5 s in the past\n'
    )
    assert judge(fault(), heard).observed == 'went on; warns: /odom is 5 s in the past'


def test_unnamed_topic_is_bad() -> None:
    assert judge(fault(names=('/scan',)), recording()).wrong == ('nothing names /scan',)


@pytest.mark.parametrize('where', ['reason', 'binding', 'diagnostics', 'log'])
def test_a_name_may_be_heard_in_many_places(where: str) -> None:
    heard = recording()
    if where == 'reason':
        heard.states.append(PublishedState(1.5, 'nominal', '', 'about /scan'))
    elif where == 'binding':
        heard.states.append(PublishedState(1.5, 'filtered', '/scan', ''))
    elif where == 'diagnostics':
        heard.notices.append(Notice(1.5, 1, 'about /scan'))
    else:
        heard.logged = 'WARN about /scan'
    assert judge(fault(names=('/scan',)), heard).good


def test_a_name_heard_before_the_fault_does_not_count() -> None:
    heard = recording()
    heard.states.append(PublishedState(0.5, 'nominal', '', 'about /scan'))
    heard.notices.append(Notice(0.5, 1, 'about /scan'))
    assert not judge(fault(names=('/scan',)), heard).good


def test_contact_is_bad_unless_it_is_the_control() -> None:
    touched = recording()
    touched.contacts.append('obstacle0')
    assert judge(fault(), touched).wrong == ('touched obstacle0',)
    assert judge(fault(collides=True), touched).good
    assert judge(fault(collides=True), recording()).wrong == ('touched nothing',)


def test_silence_where_commands_must_flow_is_bad() -> None:
    silent = recording()
    silent.commands = [c for c in silent.commands if not 1.2 < c.wall < 2.2]
    (wrong,) = judge(fault(), silent).wrong
    assert 'commands came where 100 were due' in wrong
    verdict = judge(fault(flows=False), silent)
    assert verdict.good
    assert verdict.observed.startswith('silent for 1.0')


def test_answer_after_the_fault_is_measured_from_its_end() -> None:
    paused = recording()
    paused.commands = [c for c in paused.commands if not INJECTED < c.wall <= ENDED + 0.011]
    verdict = judge(fault(answers=True, flows=False), paused)
    assert verdict.good, verdict.wrong
    assert verdict.reaction_periods == pytest.approx(1.0)


def test_no_recovery_is_bad() -> None:
    stuck = recording(brakes_at=1.0)
    stuck.commands = [
        c if c.wall <= ENDED else PublishedCommand(c.wall, 0.0, 0.0) for c in stuck.commands
    ]
    assert judge(fault(), stuck).wrong == ('did not drive again after the fault',)
    assert judge(fault(recovers=False), stuck).good


def test_commands_beyond_the_limits_are_bad() -> None:
    wild = recording()
    wild.commands.append(PublishedCommand(3.9, 1e308, 0.0))
    assert judge(fault(), wild).wrong == ('commanded v = 1e+308, omega = 0.0',)


def test_robot_that_did_not_drive_proves_nothing() -> None:
    standing = recording()
    standing.commands = [PublishedCommand(c.wall, 0.1, 0.0) for c in standing.commands]
    assert 'the robot was told 0.10 m/s before the fault' in judge(fault(), standing).wrong


def test_fault_that_was_not_injected_is_bad() -> None:
    verdict = judge(fault(), Recording())
    assert verdict.wrong == ('the fault could not be injected',)


def test_report_names_every_fault_and_sums_up() -> None:
    verdicts = {
        'odom_stops': judge(FAULTS['odom_stops'], recording(brakes_at=1.2)),
        'odom_nan': failed('a node died | badly'),
    }
    report = as_json(verdicts)
    assert report['good'] is False
    assert report['faults']['odom_nan']['verdict'] == 'bad'
    assert report['faults']['odom_nan']['wrong'] == ['a node died | badly']
    lines = markdown(verdicts).splitlines()
    assert len(lines) == 4
    assert {line.count('|') for line in lines} == {8}


@pytest.mark.parametrize('each', FAULTS.values(), ids=FAULTS.keys())
def test_every_fault_can_be_injected_somewhere(each: Fault) -> None:
    lines = {'odom', 'cmd_vel_nom', 'cmd_vel'}
    lines |= {PEER} if each.with_peer else set()
    lines |= {'clock'} if each.sim_time else set()
    assert set(each.lines) <= lines
    assert each.lines or each.action is not Action.NOTHING or 'control' in each.title
    executables = [
        spec.executable
        for spec in nodes(
            with_peer=each.with_peer, filtered=each.filtered, parameters=each.parameters
        )
    ]
    assert ('safety_filter' in executables) is each.filtered
    assert executables.count('nominal_driver') == 1 + each.with_peer
    assert each.expected.due <= max(CMD_TIMEOUT, 1.5)


def test_a_fault_that_the_diagnostics_do_not_tell_of_is_bad() -> None:
    told = recording(brakes_at=1.2)
    told.notices[0] = Notice(ENDED - 0.1, 0, f'idle: {REASON}', 'safety')
    expected = fault(brakes=True, due=0.2, names=('/odom',))
    assert judge(expected, told).good
    told.notices[0] = Notice(ENDED - 0.1, 0, 'nominal', 'safety')
    assert judge(expected, told).wrong == ('the diagnostics did not tell of it',)


@pytest.mark.parametrize(
    'late',
    [
        Notice(ENDED + 1.0, 2, REASON, 'inputs'),
        Notice(ENDED + 1.0, 1, REASON, 'safety'),
        Notice(ENDED + 4.0, 0, '', 'safety'),
    ],
)
def test_diagnostics_that_are_not_in_order_again_in_time_are_bad(late: Notice) -> None:
    recovered = recording(brakes_at=1.2)
    recovered.notices = [n for n in recovered.notices if n.status != late.status or n.level]
    recovered.notices.append(late)
    verdict = judge(fault(brakes=True, due=0.2), recovered)
    assert verdict.wrong == ('the diagnostics were not in order again within 2 s',)
