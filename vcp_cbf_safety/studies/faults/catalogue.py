"""The faults of the campaign."""

import math

from vcp_cbf_safety.studies.faults.corruption import LineFault
from vcp_cbf_safety.studies.faults.fault import Action, Expectation, Fault
from vcp_cbf_safety.studies.faults.relay_node import CLOCK
from vcp_cbf_safety.studies.faults.scene import (
    CMD_TIMEOUT,
    EARLY_INJECTION_X,
    ODOM_TIMEOUT,
    PEER,
    ROBOT,
    STUCK_TIMEOUT,
)

_ODOM = f'/{ROBOT}/odom'
_NOMINAL = f'/{ROBOT}/cmd_vel_nom'
_COMMAND = f'/{ROBOT}/cmd_vel'

_LOSSY = LineFault(kind='lose', amount=0.3, delay=0.1)


def _stops(topic: str, due: float = 0.0, rests: bool = True) -> Expectation:
    when = f'once older than {due:g} s' if due else 'at once'
    return Expectation(
        reaction=f'brakes {when}, reason names {topic}',
        brakes=True, due=due, rests=rests, names=(topic,),
    )  # fmt: skip


_GOES_ON = 'goes on filtering, no braking'

_CONTROLS = (
    Fault(
        name='no_filter',
        title='no filter at all (control)',
        expected=Expectation(
            reaction='the robot collides', flows=False, recovers=False, collides=True
        ),
        filtered=False,
        duration=2.5,
    ),
    Fault(
        name='no_fault',
        title='nothing (control)',
        expected=Expectation(reaction=_GOES_ON, brakes=False),
    ),
)

_ODOMETRY = (
    Fault(
        name='odom_stops',
        title='odometry stops',
        lines={'odom': LineFault(kind='stop')},
        expected=_stops(_ODOM, ODOM_TIMEOUT),
    ),
    Fault(
        name='odom_freezes',
        title='odometry freezes: the last message again and again',
        lines={'odom': LineFault(kind='freeze')},
        expected=_stops(_ODOM, ODOM_TIMEOUT),
    ),
    Fault(
        name='odom_sticks',
        title='odometry sticks: the same numbers with new stamps (odom_stuck_timeout 0.5 s)',
        lines={'odom': LineFault(kind='stick')},
        # Poses that stick while the twist goes on are found sooner by that.
        parameters={'odom_stuck_timeout': STUCK_TIMEOUT, 'check_odom_twist': False},
        expected=_stops(_ODOM, STUCK_TIMEOUT),
    ),
    Fault(
        name='odom_nan',
        title='odometry is NaN',
        lines={'odom': LineFault(kind='nan_position')},
        expected=_stops(_ODOM),
    ),
    Fault(
        name='odom_jumps',
        title='odometry jumps back 1 m for 0.4 s',
        lines={'odom': LineFault(kind='shift', amount=-1.0)},
        duration=0.4,
        expected=_stops(_ODOM, rests=False),
    ),
    Fault(
        name='odom_in_the_past',
        title='odometry stamps go back 5 s',
        lines={'odom': LineFault(kind='restamp', amount=-5.0)},
        expected=Expectation(
            reaction=f'goes on by receipt time, one warning names {_ODOM}',
            brakes=False, names=(_ODOM,),
        ),
    ),
    Fault(
        name='odom_wrong_frame',
        title='odometry in another frame',
        lines={'odom': LineFault(kind='other_frame')},
        expected=_stops(_ODOM),
    ),
)  # fmt: skip


def _lies(name: str, title: str, lie: LineFault, due: float = 0.1) -> Fault:
    """Odometry whose twist is not how its poses move."""
    return Fault(
        name=name,
        title=title,
        lines={'odom': lie},
        expected=Expectation(
            reaction=f'brakes within {due:g} s, reason names {_ODOM}',
            brakes=True, due=due, names=(f'{_ODOM} contradicts itself',),
        ),
    )  # fmt: skip


def _restarts(name: str, title: str, silence: float, due: float) -> Fault:
    """Odometry that counts from where the robot is."""
    when = f'once older than {due:g} s' if due else 'at once'
    return Fault(
        name=name,
        title=title,
        lines={'odom': LineFault(kind='restart', amount=silence)},
        duration=silence + 2.0,
        expected=Expectation(
            reaction=f'brakes {when} and stands until ~/release, reason names {_ODOM}',
            brakes=True, due=due, rests=True, recovers=False,
            names=(f'{_ODOM} seems to have started again', '~/release'),
        ),
    )  # fmt: skip


_CLAIMS = (
    _lies(
        'twist_zero', 'twist of the odometry is zero', LineFault(kind='scale_twist', amount=0.0)
    ),
    _lies(
        'twist_negated',
        'twist of the odometry is negated',
        LineFault(kind='scale_twist', amount=-1.0),
    ),
    _lies(
        'twist_in_the_world',
        'twist of the odometry is in a fixed frame; the robot drives along its y axis',
        LineFault(kind='turn_twist', amount=-0.5 * math.pi),
    ),
    _lies(
        'twist_too_small',
        'twist of the odometry is 5 % of the truth',
        LineFault(kind='scale_twist', amount=0.05),
    ),
    _lies(
        'odom_sticks_rolling',
        'odometry sticks while its twist says 0.6 m/s (odom_stuck_timeout is off)',
        LineFault(kind='stick'),
        due=0.15,
    ),
    _restarts('odom_restarts', 'odometry starts again at (0, 0, 0)', 0.0, 0.0),
    _restarts(
        'odom_restarts_late', 'odometry starts again after 3 s of silence', 3.0, ODOM_TIMEOUT
    ),
)

_NOMINALS = (
    Fault(
        name='nominal_stops',
        title='nominal command stops',
        lines={'cmd_vel_nom': LineFault(kind='stop')},
        expected=_stops(_NOMINAL, CMD_TIMEOUT),
    ),
    Fault(
        name='nominal_nan',
        title='nominal command is NaN',
        lines={'cmd_vel_nom': LineFault(kind='nan_speed')},
        expected=_stops(_NOMINAL, CMD_TIMEOUT),
    ),
    Fault(
        name='nominal_flood',
        title='nominal command at 1 kHz',
        lines={'cmd_vel_nom': LineFault(kind='flood', amount=1000.0)},
        expected=Expectation(reaction=_GOES_ON, brakes=False),
    ),
    Fault(
        name='nominal_huge',
        title='nominal command is 1e308',
        lines={'cmd_vel_nom': LineFault(kind='huge', amount=1e308)},
        expected=Expectation(reaction='commands stay inside the limits'),
    ),
)

_PEERS = (
    Fault(
        name='peer_vanishes',
        title='peer vanishes: its odometry stops, it rolls on',
        lines={PEER: LineFault(kind='stop')},
        with_peer=True,
        expected=Expectation(
            reaction=f'keeps clear of a widened disc, {PEER} is named', names=(PEER,)
        ),
    ),
    Fault(
        name='peer_teleports',
        title='peer teleports to where the robot is, for 1 s',
        lines={PEER: LineFault(kind='teleport', amount=-0.6)},
        with_peer=True,
        duration=1.0,
        expected=Expectation(
            reaction=f'slows down at once, {PEER} is named', brakes=True, names=(PEER,)
        ),
    ),
)

_PROCESSES = (
    Fault(
        name='filter_killed',
        title='filter killed by SIGKILL, respawned after 2 s',
        action=Action.KILL,
        expected=Expectation(
            reaction='the base stops by itself, then goes on', rests=True, flows=False
        ),
    ),
    Fault(
        name='filter_paused',
        title='filter paused for 0.5 s: SIGSTOP, SIGCONT',
        action=Action.PAUSE,
        duration=0.5,
        expected=Expectation(
            reaction='a command at once after SIGCONT', flows=False, answers=True
        ),
    ),
    Fault(
        name='cpu_hogged',
        title='CPU hogged by 4 busy processes',
        action=Action.HOG,
        expected=Expectation(reaction='goes on, or brakes and says why', flows=False),
    ),
    Fault(
        name='second_publisher',
        title='a second publisher on cmd_vel says zero',
        action=Action.INTRUDE,
        expected=Expectation(
            reaction='warns, names the node and cmd_vel', names=('forgotten_teleop', _COMMAND)
        ),
    ),
    Fault(
        name='second_publisher_brake',
        title='the same with brake_on_bypass',
        action=Action.INTRUDE,
        parameters={'brake_on_bypass': True},
        injection_x=EARLY_INJECTION_X,
        duration=3.0,
        expected=Expectation(
            reaction='brakes within 1.5 s (the check comes once a second), names node and cmd_vel',
            brakes=True, due=1.5, rests=True, names=('forgotten_teleop', _COMMAND),
        ),
    ),
)  # fmt: skip

_TIME_AND_WIRE = (
    Fault(
        name='clock_jumps_ahead',
        title='/clock jumps 5 s ahead (use_sim_time)',
        lines={CLOCK: LineFault(kind='pass', amount=5.0)},
        sim_time=True,
        expected=Expectation(
            reaction='goes on, or brakes until clock and stamps agree again', settles=True
        ),
    ),
    Fault(
        name='clock_jumps_back',
        title='/clock jumps 5 s back (use_sim_time)',
        lines={CLOCK: LineFault(kind='pass', amount=-5.0)},
        sim_time=True,
        expected=Expectation(
            reaction='goes on, or brakes until clock and stamps agree again', settles=True
        ),
    ),
    Fault(
        name='lossy',
        title='30 % of messages lost, the others 100 ms late, both ways',
        lines={'odom': _LOSSY, 'cmd_vel_nom': _LOSSY, 'cmd_vel': _LOSSY},
        parameters={'actuation_delay': 0.15},
        duration=4.0,
        expected=Expectation(reaction=_GOES_ON, brakes=False),
    ),
)

FAULTS = {
    fault.name: fault
    for fault in (
        *_CONTROLS,
        *_ODOMETRY,
        *_CLAIMS,
        *_NOMINALS,
        *_PEERS,
        *_PROCESSES,
        *_TIME_AND_WIRE,
    )
}
