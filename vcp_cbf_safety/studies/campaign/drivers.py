"""Who asks the robot to move: sensible, random and hostile nominal commands."""

import math
from bisect import bisect_right
from collections.abc import Callable

import numpy as np

from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.sim.base import TIME_STEP, Base, BaseModel, Pose
from vcp_cbf_safety.sim.drivers import STANDSTILL, steer, straight_at

# (pose, nearest, now) -> nominal command; `nearest` is the vector from the robot's centre to the
# nearest point of any hazard [m].
Driver = Callable[[Pose, tuple[float, float], float], Twist2D]


# A recorded drive goes to another place after so many time steps, and has a command every so many.
_RECORDED_LEG, _RECORDED_CYCLE = 800, 10


def stand(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
    """No wish to move."""
    del pose, nearest, now
    return STANDSTILL


def go_to(goal: tuple[float, float], model: BaseModel) -> Driver:
    """Straight at a goal, blind to everything, slowing down only to arrive."""

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del nearest, now
        if math.dist(goal, pose[:2]) < 0.02:
            return STANDSTILL
        return straight_at(goal, pose, model.max_speed, model.max_yaw_rate, 2.5)

    return drive


def wander(model: BaseModel, random: np.random.Generator) -> Driver:
    """Another random command inside the limits every half second."""
    table = random.uniform(
        (model.min_speed, -model.max_yaw_rate), (model.max_speed, model.max_yaw_rate), (400, 2)
    ).tolist()
    return lambda pose, nearest, now: Twist2D(*table[int(now / 0.5) % len(table)])


def bang_bang(model: BaseModel, random: np.random.Generator) -> Driver:
    """Full speed ahead or back, full turn to either side, changing at random times."""
    speeds = random.choice((model.min_speed, model.max_speed), 400).tolist()
    turns = random.choice((-model.max_yaw_rate, 0.0, model.max_yaw_rate), 400).tolist()
    hold = float(random.uniform(0.2, 1.5))

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del pose, nearest
        index = int(now / hold) % 400
        return Twist2D(speeds[index], turns[index])

    return drive


def ram(model: BaseModel, reverse: bool) -> Driver:
    """Always straight at the nearest hazard at full speed, with the front or with the back."""
    speed = model.min_speed if reverse else model.max_speed

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del now
        bearing = math.atan2(nearest[1], nearest[0]) + (math.pi if reverse else 0.0)
        return steer(bearing, pose[2], speed, model.max_yaw_rate, 4.0)

    return drive


def recorded(model: BaseModel, random: np.random.Generator, duration: float) -> Driver:
    """The commands of a drive to places in an open field, which know nothing of this world.

    Args:
        model: the base that drove there, and that is to repeat it.
        random: source of the places.
        duration: length of the drive [s].
    """
    base, driver = Base(model, (0.0, 0.0, 0.0), random), go_to((0.0, 0.0), model)
    commands: list[tuple[float, float, float]] = []
    for step in range(round(duration / TIME_STEP)):
        now = step * TIME_STEP
        if step % _RECORDED_LEG == 0:
            x, y = random.uniform(-3.0, 3.0, 2).tolist()
            driver = go_to((x, y), model)
        if step % _RECORDED_CYCLE == 0:
            command = driver(base.pose, (math.inf, math.inf), now)
            base.command(now, command)
            commands.append((now, command.v, command.omega))
        base.advance(now)
    return replay(commands)


def replay(commands: list[tuple[float, float, float]]) -> Driver:
    """Recorded commands (time [s], v [m/s], omega [rad/s]), held until the next, then stop."""
    times = [command[0] for command in commands]

    def drive(pose: Pose, nearest: tuple[float, float], now: float) -> Twist2D:
        del pose, nearest
        index = bisect_right(times, now) - 1
        return Twist2D(*commands[index][1:]) if 0 <= index < len(commands) else STANDSTILL

    return drive
