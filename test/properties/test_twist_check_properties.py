"""True twists are never doubted, however noisy; wrong ones are found at once."""

import math
from collections import deque
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcp_cbf_safety.motion.twist_check import Doubt, Sample, TwistCheck

STEP = 0.005


@dataclass(frozen=True)
class Driver:
    """How a robot drives and how its driver reports that.

    Attributes:
        rate, loss, repeats: of its messages [Hz], share that is lost, share that comes twice.
        speed, yaw_rate, acceleration, deceleration: limits of the base.
        slip: share of the wheel speed that is lost.
        noise: largest error of a position in x and in y [m].
        jitter: largest error of the time between two stamps [s].
        delay: longest time on the way [s].
        stamped: whether the stamps are of use.
        lag: age of the twist in a message [s].
        lie: what becomes of a twist (speed, heading).
    """

    rate: float = 30.0
    loss: float = 0.0
    repeats: float = 0.0
    speed: float = 1.0
    yaw_rate: float = 2.84
    acceleration: float = 1.0
    deceleration: float = 1.0
    slip: float = 0.0
    noise: float = 0.01
    jitter: float = 0.03
    delay: float = 0.1
    stamped: bool = True
    lag: float = 0.0
    lie: str = ''


LIES = {
    'zero': lambda v, heading: 0.0,
    'negated': lambda v, heading: -v,
    'in the world frame': lambda v, heading: v * math.cos(heading),
    '5 %': lambda v, heading: 0.05 * v,
    '': lambda v, heading: v,
}


def messages(driver, seconds, random, commands=None, heading=0.0):
    """Samples as a reader would make them: of a robot that is told something else now and then."""
    x = y = v = omega = 0.0
    told = (0.0, 0.0)
    speeds = deque([0.0], maxlen=round(driver.lag / STEP) + 1)
    received, due = -math.inf, 0.0
    for k in range(round(seconds / STEP)):
        now = k * STEP
        if k % 80 == 0:
            told = commands(now) if commands else (
                float(random.choice((-1.0, 0.0, 0.5, 1.0))) * driver.speed,
                float(random.choice((-1.0, 0.0, 1.0))) * driver.yaw_rate,
            )  # fmt: skip
        speeding = v * told[0] >= 0.0 and abs(told[0]) > abs(v)
        limit = (driver.acceleration if speeding else driver.deceleration) * STEP
        v += min(max(told[0] - v, -limit), limit)
        omega += min(max(told[1] - omega, -20.0 * STEP), 20.0 * STEP)
        heading += omega * STEP
        ground = v * (1.0 - driver.slip)
        x, y = x + ground * math.cos(heading) * STEP, y + ground * math.sin(heading) * STEP
        speeds.append(v)
        if now < due:
            continue
        due += 1.0 / driver.rate
        if random.random() < driver.loss:
            continue
        # DDS keeps the order.
        received = max(received, now + driver.delay * random.random())
        noise = driver.noise * random.choice((-1.0, 1.0, 0.3), size=2)
        sample = Sample(
            now + driver.jitter * (random.random() - 0.5) if driver.stamped else received,
            received,
            0.0 if driver.stamped else 0.1,
            x + noise[0],
            y + noise[1],
            heading + 0.005 * random.normal(),
            LIES[driver.lie](speeds[0], heading),
        )
        yield v, sample
        if random.random() < driver.repeats:
            yield v, sample._replace(received=received + 0.002)


def doubt(driver):
    # A base may brake harder than it was measured to.
    braking = driver.deceleration if driver.lag else min(driver.deceleration, 1.0)
    return Doubt(3.0 * driver.noise, driver.jitter, max(driver.acceleration, braking))


honest = st.builds(
    Driver,
    rate=st.floats(10.0, 100.0),
    loss=st.sampled_from((0.0, 0.3, 0.6)),
    repeats=st.sampled_from((0.0, 0.3)),
    speed=st.floats(0.1, 2.0),
    yaw_rate=st.floats(0.0, 3.0),
    acceleration=st.floats(0.3, 3.0),
    deceleration=st.floats(0.3, 8.0),
    slip=st.floats(0.0, 0.1),
    noise=st.sampled_from((0.0, 0.002, 0.01, 0.05)),
    jitter=st.floats(0.0, 0.05),
    delay=st.floats(0.0, 0.1),
    stamped=st.booleans(),
    lag=st.floats(0.0, 0.1),
)


@given(driver=honest, seed=st.integers(0, 2**16))
@example(driver=Driver(rate=10.0, loss=0.3, deceleration=8.0, slip=0.1, lag=0.1), seed=0)
def test_honest_odometry_is_never_doubted(driver, seed):
    check = TwistCheck()
    for _, sample in messages(driver, 8.0, np.random.default_rng(seed)):
        assert check.add(sample, doubt(driver)) is None


def fast_enough(rate, noise, acceleration, jitter, share):
    """Speed at which two legs are longer than all doubt and the noise against it [m/s]."""
    doubted = 6.0 * noise + acceleration * (1.0 / rate**2 + 0.005)
    unlike = 1.0 - 1.02 * share if share > 0.0 else 1.0 - 0.8 * share
    return doubted / (2.0 / rate * unlike - jitter * abs(share))


@pytest.mark.parametrize('lie', [lie for lie in LIES if lie])
@given(
    rate=st.floats(10.0, 100.0),
    noise=st.sampled_from((0.0, 0.002, 0.01, 0.02)),
    acceleration=st.floats(0.3, 3.0),
    heading=st.floats(0.5 * math.pi, 1.5 * math.pi),
    backwards=st.booleans(),
    seed=st.integers(0, 2**16),
)
def test_a_wrong_twist_is_found_within_three_messages(
    lie, rate, noise, acceleration, heading, backwards, seed
):
    random, jitter = np.random.default_rng(seed), 0.03
    share = LIES[lie](1.0, heading)
    speed = 1.01 * fast_enough(rate, noise, acceleration, jitter, share)
    speed = -speed if backwards else speed
    check = TwistCheck()
    found = []
    for k in range(63):
        now = k / rate
        x, y = random.uniform(-noise, noise, 2)
        x, y = x + speed * now * math.cos(heading), y + speed * now * math.sin(heading)
        said = speed if k < 60 else LIES[lie](speed, heading)
        sample = Sample(now, now + 0.02, 0.0, x, y, heading, said)
        found.append(check.add(sample, Doubt(3.0 * noise, jitter, acceleration)))
    assert not any(found[:60])
    assert any(found[60:])
