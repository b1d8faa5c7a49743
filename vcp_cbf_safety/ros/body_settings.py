"""The parameters of the robot's body as one value, and the peers' body."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from vcp_cbf_safety.body.cover import cover_of
from vcp_cbf_safety.body.disc import BodyDisc, checked_discs, containing_radius
from vcp_cbf_safety.body.footprint import Point, convex_hull, corners_of, distances_inside
from vcp_cbf_safety.errors import ConfigurationError

# How far a body may reach from the axle centre [m], as `body_radius`.
_FURTHEST = 5.0


class Body(NamedTuple):
    """The body that is in force.

    Attributes:
        discs: those that cover it; none for one disc of `body_radius`.
        outline: corners of the footprint [m]; none without one.
        sentence: which discs, for the log.
    """

    discs: tuple[BodyDisc, ...]
    outline: tuple[Point, ...]
    sentence: str


def body_of(checked: Mapping[str, Any]) -> Body:
    """The body by `footprint`, else by `body_discs`, else by `body_radius`.

    Raises:
        ConfigurationError: if one is illegal, or both footprint and body_discs are given.
    """
    text, numbers = checked['footprint'], checked['body_discs']
    if text and numbers:
        raise ConfigurationError(
            f'footprint is {text!r} and body_discs is {list(numbers)}; one of them must be empty'
        )
    if text:
        return _of_footprint(corners_of(text))
    if numbers:
        discs = _discs_of(numbers)
        _check_reach('body_discs', discs)
        return Body(discs, (), f'the body is {_told(discs)} of body_discs')
    radius = checked['body_radius']
    return Body((), (), f'the body is one disc of {radius:g} m around the axle centre')


class PeerBody(NamedTuple):
    """The body of every peer.

    Attributes:
        outer: radius of the disc around the axle centre that contains it, as its own filter has it
            (docs/theory.md, section 11) [m].
        inner: radius of a disc around the axle centre in which there is nothing but it [m].
    """

    outer: float
    inner: float


def peer_body_of(checked: Mapping[str, Any]) -> PeerBody:
    """The bodies of peers by `peer_footprint`, else by `peer_radius`.

    Raises:
        ConfigurationError: if peer_footprint is illegal.
    """
    if not checked['peer_footprint']:
        return PeerBody(checked['peer_radius'], checked['peer_radius'])
    corners = corners_of(checked['peer_footprint'], 'peer_footprint')
    convex = len(convex_hull(corners)) == len(corners)
    return PeerBody(
        containing_radius(cover_of(corners).discs),
        min(distances_inside(corners, (0.0, 0.0))) if convex else 0.0,
    )


def _of_footprint(corners: tuple[Point, ...]) -> Body:
    cover = cover_of(corners)
    _check_reach('footprint', cover.discs)
    filled = '' if cover.convex else '; its notches are filled'
    return Body(
        cover.discs,
        corners,
        f'the body is {_told(cover.discs)}, which stick out of its footprint by at most '
        f'{cover.excess:.3f} m{filled}',
    )


def _discs_of(numbers: Sequence[float]) -> tuple[BodyDisc, ...]:
    if len(numbers) % 3:
        raise ConfigurationError(
            f'body_discs has {len(numbers)} numbers; it must be a multiple of three: x, y, radius '
            'of each disc'
        )
    return checked_discs([numbers[k : k + 3] for k in range(0, len(numbers), 3)])


def _check_reach(name: str, discs: Sequence[BodyDisc]) -> None:
    if containing_radius(discs) > _FURTHEST:
        raise ConfigurationError(
            f'{name} makes discs that reach {containing_radius(discs):.2f} m from the axle '
            f'centre; that must not exceed {_FURTHEST:g} m'
        )


def _told(discs: Sequence[BodyDisc]) -> str:
    places = ', '.join(f'[{d.x:.3f}, {d.y:.3f}, {d.radius:.3f}]' for d in discs)
    count = 'one disc' if len(discs) == 1 else f'{len(discs)} discs'
    return f'{count} {places}'
