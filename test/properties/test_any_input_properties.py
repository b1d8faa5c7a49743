"""Whatever comes in, what goes out is finite, inside the limits, and explained."""

import math
from collections.abc import Callable

from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from vcp_cbf_safety import (
    Arena,
    Circle,
    FilterConfig,
    HazardError,
    Hazards,
    Outcome,
    Peer,
    RobotState,
    SafeCommand,
    SafetyFilter,
    Twist2D,
)

CONFIG = FilterConfig(
    body_radius=0.15,
    vcp_offset=0.10,
    period=0.05,
    min_speed=-0.2,
    max_speed=1.0,
    max_yaw_rate=2.84,
)
NAUGHTY = st.sampled_from(
    [math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324, -0.0, 1e-300, 1e6, 1e155, -1e200]
)
ANYTHING = st.one_of(st.floats(), NAUGHTY, st.floats(-3.0, 3.0))
SENSIBLE = st.floats(-1e6, 1e6)
PLAUSIBLE = st.floats(-3.0, 3.0)


def legal(kind: Callable) -> Callable:
    """A maker that gives None where the value refuses to be made."""

    def make(*fields: float) -> object:
        try:
            return kind(*fields)
        except HazardError:
            return None

    return make


def worlds(numbers: st.SearchStrategy) -> st.SearchStrategy:
    """Hazards made of any numbers that the hazards themselves do not refuse."""
    circles = st.builds(legal(Circle), numbers, numbers, numbers.map(abs), numbers, numbers)
    peers = st.builds(
        legal(Peer),
        *[numbers] * 5,
        numbers.map(abs),
        st.sampled_from([0.5, 1.0]),
        st.just(''),
        numbers.map(abs),
    )
    some = lambda s: st.lists(s.filter(lambda x: x is not None), max_size=4)  # noqa: E731
    arenas = st.one_of(st.none(), st.builds(legal(Arena), *[numbers] * 4))
    return st.builds(Hazards, arenas, some(circles), some(peers))


def states(numbers: st.SearchStrategy) -> st.SearchStrategy:
    """Robot states made of any numbers, some of them old."""
    return st.builds(RobotState, *[numbers] * 5, st.one_of(st.just(0.0), numbers.map(abs)))


def check(command: SafeCommand) -> None:
    """What holds for every command that leaves the filter."""
    assert CONFIG.min_speed <= command.v <= CONFIG.max_speed
    assert abs(command.omega) <= CONFIG.max_yaw_rate
    assert isinstance(command.outcome, Outcome)
    if command.outcome in (Outcome.RELAXED, Outcome.BRAKING, Outcome.STOPPED):
        assert len(command.reason) > 10
    if command.outcome is not Outcome.NOMINAL and not command.reason:
        assert command.binding is not None


@given(
    nominal=st.builds(Twist2D, ANYTHING, ANYTHING),
    robot=states(ANYTHING),
    hazards=worlds(ANYTHING),
)
@example(
    nominal=Twist2D(0.5, 0.0),
    robot=RobotState(0.0, 0.0, math.nan),
    hazards=Hazards(circles=[Circle(1.0, 0.0, 0.2)]),
)
@example(
    nominal=Twist2D(0.5, 0.0),
    robot=RobotState(0.0, 0.0, 0.0),
    hazards=Hazards(circles=[Circle(1.0, 0.0, 0.2, -math.inf, math.nan)]),
)
@example(
    nominal=Twist2D(0.5, 0.0),
    robot=RobotState(0.0, 0.0, 0.0),
    hazards=Hazards(peers=[Peer(1.0, 0.0, 0.0, 0.1, math.inf, 0.2, age=math.nan)]),
)
@settings(max_examples=400)
def test_any_floats_give_a_command_inside_the_limits_and_a_reason(
    nominal: Twist2D, robot: RobotState, hazards: Hazards
) -> None:
    check(SafetyFilter(CONFIG).step(nominal, robot, hazards))


@given(
    nominal=st.builds(Twist2D, SENSIBLE, SENSIBLE),
    robot=states(SENSIBLE),
    hazards=worlds(SENSIBLE),
)
# The solver gives up at distances of 100 km.
@example(
    nominal=Twist2D(0.6, -157560.4),
    robot=RobotState(-1863.9, 2.2, -5.4, 143.5, -6.9),
    hazards=Hazards(
        peers=[
            Peer(21532.5, -34964.4, 170.5, -1484.2, 580.9, 0.3),
            Peer(1.6, -14399.1, 0.7, -10725.8, -44113.5, 37204.3),
        ]
    ),
)
@settings(max_examples=200)
def test_any_sensible_numbers_give_a_command_inside_the_limits(
    nominal: Twist2D, robot: RobotState, hazards: Hazards
) -> None:
    check(SafetyFilter(CONFIG).step(nominal, robot, hazards))


@given(
    nominal=st.builds(Twist2D, PLAUSIBLE, PLAUSIBLE),
    robot=st.builds(RobotState, *[PLAUSIBLE] * 5, st.floats(0.0, 1.9)),
    hazards=worlds(PLAUSIBLE),
)
@settings(max_examples=400)
def test_any_crowd_gives_a_command_inside_the_limits_that_the_solver_found(
    nominal: Twist2D, robot: RobotState, hazards: Hazards
) -> None:
    command = SafetyFilter(CONFIG).step(nominal, robot, hazards)
    check(command)
    if 'is inside the body' in command.reason:
        assert command.outcome in (Outcome.BRAKING, Outcome.STOPPED)
    else:
        assert command.outcome in (Outcome.NOMINAL, Outcome.FILTERED, Outcome.RELAXED)


@given(
    nominal=st.builds(Twist2D, PLAUSIBLE, PLAUSIBLE),
    x=PLAUSIBLE,
    y=PLAUSIBLE,
    heading=PLAUSIBLE,
    circles=st.lists(st.builds(Circle, PLAUSIBLE, PLAUSIBLE, st.floats(0.0, 2.0)), max_size=6),
)
@settings(max_examples=200)
def test_static_world_never_makes_the_rows_contradict_even_inside_a_hazard(
    nominal: Twist2D, x: float, y: float, heading: float, circles: list[Circle]
) -> None:
    assume(all(math.hypot(c.x - x, c.y - y) > CONFIG.body_radius for c in circles))
    command = SafetyFilter(CONFIG).step(
        nominal, RobotState(x, y, heading), Hazards(Arena(-1.0, -1.0, 1.0, 1.0), circles)
    )
    assert command.outcome in (Outcome.NOMINAL, Outcome.FILTERED)
    assert command.residual <= 1e-9


@given(steps=st.lists(st.tuples(ANYTHING, ANYTHING, PLAUSIBLE, PLAUSIBLE), max_size=12))
@settings(max_examples=150)
def test_no_sequence_of_inputs_leaves_the_filter_in_a_bad_state(
    steps: list[tuple[float, float, float, float]],
) -> None:
    safety_filter = SafetyFilter(CONFIG)
    hazards = Hazards(Arena(-5.0, -5.0, 5.0, 5.0), [Circle(1.0, 0.5, 0.3)])
    for v, omega, x, heading in steps:
        check(safety_filter.step(Twist2D(v, omega), RobotState(x, 0.0, heading), hazards))
    calm = RobotState(-3.0, -3.0, 0.0)
    for _ in range(60):
        command = safety_filter.step(Twist2D(0.0, 0.1), calm, hazards)
    assert (command.v, command.omega) == (0.0, 0.1)
    assert command.outcome is Outcome.NOMINAL
