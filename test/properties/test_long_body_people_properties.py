"""People around a long robot: its tail swings into nobody, and who stands does not stop it."""

import math
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st
from long_bodies import LONG, Base, driven, free_distance

from vcp_cbf_safety import Circle, Hazards, Twist2D

ANGLES = st.floats(-math.pi, math.pi)
SPEEDS = st.floats(-0.5, 1.0)


@given(ANGLES, st.floats(0.02, 0.6), st.sampled_from((-2.0, -0.7, 0.7, 2.0)), SPEEDS)
@settings(max_examples=10)
def test_a_person_beside_a_turning_robot_is_not_driven_into(
    bearing: float, gap: float, turn: float, v: float
) -> None:
    """They stand, then walk at the tail as fast as they can."""
    config = replace(LONG, peer_max_speed=1.0, peer_max_acceleration=1.0)
    base, radius = Base(config, 0.0), 0.2
    place = [2.0 * math.cos(bearing), 2.0 * math.sin(bearing)]
    while free_distance(base, [(*place, radius)], None) > gap:
        place = [0.99 * place[0], 0.99 * place[1]]
    walk, hits = [0.0, 0.0], []
    inside = set[int]()

    def seen() -> None:
        tail = base.place(config.discs[0])
        away = math.dist(tail, place)
        if base.time > 0.5 and away > 0.0:
            wish = [(tail[k] - place[k]) / away for k in (0, 1)]
            change = [wish[k] - walk[k] for k in (0, 1)]
            most = base.step / max(math.hypot(*change), base.step)
            for k in (0, 1):
                walk[k] += change[k] * most
                place[k] += walk[k] * base.step
        for index, disc in enumerate(config.discs):
            x, y = base.place(disc)
            dx, dy = place[0] - x, place[1] - y
            away = math.hypot(dx, dy)
            if away >= disc.radius + radius:
                inside.discard(index)
                continue
            vx, vy = base.velocity(disc)
            if index not in inside and (vx * dx + vy * dy) / away > config.contact_speed + 0.005:
                hits.append((index, base.time))
            inside.add(index)
            place[0], place[1] = (
                c + d / away * (disc.radius + radius) for c, d in ((x, dx), (y, dy))
            )

    def hazards() -> Hazards:
        return Hazards(circles=[Circle(*place, radius, *walk, velocity_uncertainty=1e-6)])

    driven(base, hazards, lambda _: Twist2D(v, turn), 50, seen)
    assert not hits


def test_a_person_at_rest_beside_the_way_does_not_stop_a_long_robot() -> None:
    base = Base(LONG, 0.0)
    person = Hazards(circles=[Circle(1.0, 0.9, 0.2, velocity_uncertainty=0.05)])
    told = driven(base, lambda: person, lambda _: Twist2D(0.5, 0.0), 100, lambda: None)
    assert base.state.x > 2.0
    assert min(command.v for command in told) > 0.25
