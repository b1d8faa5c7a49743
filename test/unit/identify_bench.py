"""Drives of simulated bases through the test pattern, as a recording would have them."""

import numpy as np
from replay_bench import STORE, command, odometry
from rosbags.rosbag2 import StoragePlugin, Writer

from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base
from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.pattern import command_at, drive_pattern, seconds_of

PERIOD = 0.02


def drive_of_base(model, *, beyond=1.25, hold=2.0, jitter=0.0, seed=0):
    """A base that is told the pattern at 50 Hz, up to `beyond` its limits; odometry at 50 Hz."""
    random = np.random.default_rng(seed)
    base = Base(model, (1.0, 2.0, 0.3), random)
    steps = drive_pattern(
        beyond * model.max_speed, -beyond * model.min_speed, beyond * model.max_yaw_rate, hold
    )
    commands, motion = [], []
    late = 0.0
    due, count = 0.0, 0
    for tick in range(round(seconds_of(steps) / TIME_STEP)):
        now = tick * TIME_STEP
        if now >= due + late - 1e-9:
            step = command_at(steps, now)
            commands.append((now, step.v, step.omega))
            base.command(now, Twist2D(step.v, step.omega))
            count += 1
            due, late = count * PERIOD, float(random.uniform(0.0, jitter)) if jitter else 0.0
        base.advance(now)
        if tick % 4 == 0:
            seen = base.odometry()
            stamp = now + TIME_STEP - seen.age
            motion.append((stamp, seen.x, seen.y, seen.heading, seen.speed, seen.yaw_rate))
    return Drive('simulated', np.array(commands), np.array(motion))


def bag_of(path, drive):
    """A bag with the straight motion of a drive: odometry on /odom, commands on /cmd_vel."""
    with Writer(path, version=9, storage_plugin=StoragePlugin.MCAP) as writer:
        odom = writer.add_connection('/odom', 'nav_msgs/msg/Odometry', typestore=STORE)
        told = writer.add_connection('/cmd_vel', 'geometry_msgs/msg/Twist', typestore=STORE)
        events = [(row[0], odom, odometry(100.0 + row[0], row[1], row[4])) for row in drive.motion]
        events += [(time, told, command(v)) for time, v, _ in drive.commands]
        for time, connection, message in sorted(events, key=lambda event: event[0]):
            raw = STORE.serialize_cdr(message, connection.msgtype)
            writer.write(connection, round(1e9 * (100.0 + time)), raw)
    return path
