"""Hazards are checked when made, and their barriers are true distances with true gradients."""

import math

import numpy as np
import pytest

from vcp_cbf_safety import Arena, Circle, HazardError, Hazards, Peer
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.discs import Motion
from vcp_cbf_safety.hazards.hazards import disc_barriers, discs_of, dot, wall_barriers, walls_of

NAN = math.nan


@pytest.mark.parametrize(
    ('limits', 'value'),
    [
        ((1.0, -1.0, -1.0, 1.0), '1.0'),
        ((-1.0, 2.0, 1.0, 2.0), '2.0'),
        ((-1.0, -1.0, -1.0, 1.0), '-1.0'),
        ((NAN, -1.0, 1.0, 1.0), 'nan'),
        ((-1.0, -1.0, 1.0, NAN), 'nan'),
    ],
)
def test_empty_or_nan_arena_is_refused(limits: tuple[float, ...], value: str) -> None:
    with pytest.raises(HazardError, match=r'arena is .* x_min must be below x_max') as error:
        Arena(*limits)
    assert value in str(error.value)


@pytest.mark.parametrize('radius', [-0.1, -math.inf, NAN])
def test_illegal_radius_is_refused(radius: float) -> None:
    with pytest.raises(HazardError, match=f'circle radius is {radius} m'):
        Circle(0.0, 0.0, radius)
    with pytest.raises(HazardError, match=f'peer radius is {radius} m'):
        Peer(0.0, 0.0, 0.0, 0.0, 0.0, radius)


@pytest.mark.parametrize('responsibility', [0.0, -0.5, 1.01, NAN, math.inf])
def test_illegal_responsibility_is_refused(responsibility: float) -> None:
    with pytest.raises(HazardError, match=f'peer responsibility is {responsibility}; it must be'):
        Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.1, responsibility)


@pytest.mark.parametrize('uncertainty', [-0.1, NAN])
def test_illegal_velocity_uncertainty_is_refused(uncertainty: float) -> None:
    with pytest.raises(HazardError, match=f'velocity_uncertainty is {uncertainty} m/s'):
        Circle(0.0, 0.0, 0.1, velocity_uncertainty=uncertainty)


def test_point_obstacles_are_hazards_too() -> None:
    assert Circle(0.0, 0.0, 0.0).radius == 0.0
    assert Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.0).radius == 0.0


def test_hazard_errors_are_value_errors() -> None:
    assert issubclass(HazardError, ValueError)


def test_a_world_is_empty_by_default() -> None:
    assert Hazards().arena is None
    assert len(Hazards().circles) == len(Hazards().peers) == 0


def test_walls_are_zero_on_the_box_and_positive_inside() -> None:
    walls = walls_of(Arena(-1.0, -2.0, 3.0, 4.0))
    for point, zero in (((-1.0, 0.5), 0), ((3.0, 0.5), 1), ((0.5, -2.0), 2), ((0.5, 4.0), 3)):
        h = wall_barriers(np.array(point), walls.normals, walls.offsets, 0.0).h
        assert h[zero] == 0.0
        assert (np.delete(h, zero) > 0.0).all()


def test_walls_are_named_after_the_limit_they_stand_for() -> None:
    walls = walls_of(Arena(-1.0, -2.0, 3.0, 4.0))
    inside = np.array([1.0, 1.0])
    for name, outside in (
        ('arena.x_min', [-9.0, 1.0]),
        ('arena.x_max', [9.0, 1.0]),
        ('arena.y_min', [1.0, -9.0]),
        ('arena.y_max', [1.0, 9.0]),
    ):
        h = wall_barriers(np.array([inside, outside]), walls.normals, walls.offsets, 0.0).h
        assert walls.names[int(h[1].argmin())] == name
        assert (h[0] > 0.0).all()


def test_wall_barrier_is_the_distance_of_the_body_to_the_wall() -> None:
    walls = walls_of(Arena(-1.0, -2.0, 3.0, 4.0))
    h = wall_barriers(np.array([0.2, 0.3]), walls.normals, walls.offsets, 0.15 + 0.05).h
    assert h == pytest.approx([1.0, 2.6, 2.1, 3.5])


def test_disc_barrier_is_the_least_distance_to_the_sampled_boundary() -> None:
    rng = np.random.default_rng(3)
    angles = np.linspace(0.0, 2.0 * math.pi, 20001)
    for _ in range(50):
        center, radius = rng.normal(size=2), rng.uniform(0.05, 0.6)
        direction = rng.uniform(0.0, 2.0 * math.pi)
        away = radius + rng.uniform(0.01, 3.0)
        point = center + away * np.array([math.cos(direction), math.sin(direction)])
        boundary = center + radius * np.column_stack([np.cos(angles), np.sin(angles)])
        brute = np.linalg.norm(point - boundary, axis=1).min() - 0.2
        h = disc_barriers(point, center[None], np.array([radius]), 0.2).h
        assert h == pytest.approx([brute], abs=1e-6)


def test_barriers_take_many_points_at_once() -> None:
    points = np.array([[0.0, 0.0], [1.0, 0.0], [0.0, 3.0]])
    centers, radii = np.array([[2.0, 0.0], [0.0, 4.0]]), np.array([0.5, 0.25])
    together = disc_barriers(points, centers, radii, np.array([[0.1], [0.2], [0.3]]))
    assert together.h.shape == (3, 2)
    assert together.normals.shape == (3, 2, 2)
    for row, (point, inflation) in enumerate(zip(points, (0.1, 0.2, 0.3), strict=True)):
        alone = disc_barriers(point, centers, radii, inflation)
        assert (together.h[row] == alone.h).all()
        assert (together.normals[row] == alone.normals).all()
    walls = walls_of(Arena(-1.0, -1.0, 1.0, 1.0))
    assert wall_barriers(points, walls.normals, walls.offsets, 0.0).normals.shape == (3, 4, 2)


def test_normal_points_from_the_disc_to_the_robot() -> None:
    normal = disc_barriers(np.array([1.0, 1.0]), np.array([[1.0, 3.0]]), np.array([0.5]), 0.0)
    assert normal.normals[0] == pytest.approx([0.0, -1.0])


def test_at_the_very_centre_of_a_disc_everything_stays_finite() -> None:
    barriers = disc_barriers(np.array([1.0, 2.0]), np.array([[1.0, 2.0]]), np.array([0.4]), 0.2)
    assert barriers.h == pytest.approx([-0.6])
    assert barriers.normals[0] == pytest.approx([0.0, 0.0])


def test_normal_is_a_unit_vector_from_a_millimetre_to_a_thousand_kilometres() -> None:
    for away in (1e-3, 1.0, 1e6):
        barriers = disc_barriers(np.array([away, 0.0]), np.zeros((1, 2)), np.zeros(1), 0.0)
        assert np.linalg.norm(barriers.normals[0]) == pytest.approx(1.0, abs=1e-12)
        assert barriers.h[0] == pytest.approx(away, rel=1e-15)


def test_a_world_without_discs_gives_no_barriers() -> None:
    discs = discs_of(Hazards())
    barriers = disc_barriers(np.zeros((2, 2)), discs.centers, discs.radii, 0.1)
    assert barriers.h.shape == (2, 0)


def test_circles_come_before_peers_and_carry_their_names() -> None:
    circles = [Circle(1.0, 2.0, 0.3), Circle(3.0, 4.0, 0.4, name='person')]
    peers = [
        Peer(5.0, 6.0, 0.0, 0.2, 0.0, 0.15),
        Peer(7.0, 8.0, 0.0, 0.2, 0.0, 0.15, name='robot2'),
    ]
    discs = discs_of(Hazards(None, circles, peers))
    assert discs.names == ('circles[0]', 'person', 'peers[0]', 'robot2')
    assert discs.centers.tolist() == [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0], [7.0, 8.0]]
    assert discs.radii.tolist() == [0.3, 0.4, 0.15, 0.15]


def test_peer_moves_along_its_heading_and_backwards_when_reversing() -> None:
    peers = [Peer(0.0, 0.0, math.pi / 2, speed, 0.0, 0.1) for speed in (0.5, -0.5)]
    discs = discs_of(Hazards(peers=peers))
    assert discs.velocities == pytest.approx(np.array([[0.0, 0.5], [0.0, -0.5]]), abs=1e-15)


def test_peers_and_circles_of_unknown_velocity_count_as_moving_even_while_they_stand() -> None:
    circles = [
        Circle(0.0, 0.0, 0.1),
        Circle(0.0, 0.0, 0.1, vx=0.0, vy=0.1),
        Circle(0.0, 0.0, 0.1, velocity_uncertainty=0.5),
    ]
    discs = discs_of(Hazards(None, circles, [Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.1)]))
    assert discs.moving.tolist() == [False, True, True, True]


def test_responsibility_is_carried_by_peers_and_whole_for_circles() -> None:
    discs = discs_of(
        Hazards(None, [Circle(0.0, 0.0, 0.1)], [Peer(0.0, 0.0, 0.0, 0.0, 0.0, 0.1, 0.5)])
    )
    assert discs.responsibility.tolist() == [1.0, 0.5]


def test_dot_is_the_inner_product_over_the_last_axis() -> None:
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(4, 3, 2)), rng.normal(size=(4, 3, 2))
    assert dot(first, second) == pytest.approx((first * second).sum(axis=-1))


def test_columns_hold_what_circles_and_peers_say_and_nothing_else() -> None:
    circles = [
        Circle(1.0, 2.0, 0.3, age=0.7),
        Circle(1.0, 2.0, 0.3, 0.4, -0.5, age=0.7, velocity_uncertainty=0.2),
    ]
    peers = [
        Peer(5.0, 6.0, 0.0, 0.2, 0.9, 0.15, 0.5, age=0.1, twist_known=known)
        for known in (True, False)
    ]
    table = discs_of(Hazards(circles=circles, peers=peers)).table
    assert table.tolist() == [
        # What stands has no age.
        [1.0, 2.0, 0.3, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0, Motion.STANDS],
        [1.0, 2.0, 0.3, 0.4, -0.5, 1.0, 0.7, 0.2, 0.0, 0.0, 0.0, Motion.VELOCITY],
        [5.0, 6.0, 0.15, 0.2, 0.0, 0.5, 0.1, 0.0, 0.0, 0.2, 0.9, Motion.TWIST],
        [5.0, 6.0, 0.15, 0.2, 0.0, 0.5, 0.1, 0.0, 0.0, 0.2, 0.9, Motion.LAST_TWIST],
    ]


def test_a_circle_of_another_frame_is_moved_and_turned_with_its_velocity() -> None:
    given = Circle(1.0, 2.0, 0.3, 0.4, -0.5, 'person', 0.7, 0.2)
    moved = given.moved(Planar(10.0, 20.0, math.pi / 2.0))
    assert (moved.x, moved.y) == pytest.approx((8.0, 21.0))
    assert (moved.vx, moved.vy) == pytest.approx((0.5, 0.4))
    assert (moved.radius, moved.name, moved.age) == (0.3, 'person', 0.7)
    assert moved.velocity_uncertainty == 0.2
