"""Which topics of a bag are read, by what was asked for, or by their types and names."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from vcp_cbf_safety.studies.replay.opened import BagError

ODOMETRY = 'nav_msgs/msg/Odometry'
SCAN = 'sensor_msgs/msg/LaserScan'
MARKERS = 'visualization_msgs/msg/MarkerArray'
TWISTS = ('geometry_msgs/msg/Twist', 'geometry_msgs/msg/TwistStamped')
TRANSFORMS = 'tf2_msgs/msg/TFMessage'
PARAMETERS = 'rcl_interfaces/msg/ParameterEvent'
# Names that nominal commands have, the best first.
_NOMINAL = ('cmd_vel_nom', 'cmd_vel_nav', 'cmd_vel_teleop', 'cmd_vel')
_OBSTACLES = 'obstacles'


class Asked(NamedTuple):
    """Topics that somebody asks for; none where the types shall decide."""

    odom: str = ''
    nominal: str = ''
    scans: Sequence[str] = ()
    obstacles: Sequence[str] = ()


ANY = Asked()


class Topics(NamedTuple):
    """The topics that are read.

    Attributes:
        robot: namespace of the robot that is looked at, '' for none.
        odometry, nominal: its topics.
        sent: what its base was told, where that is not the nominal command; '' for that.
        scans: its scanners.
        obstacles: with markers.
        peers: odometry of other robots, by name.
        transforms: fixed ones and others, by topic.
        parameters: topic with parameters of nodes, '' for none.
    """

    robot: str
    odometry: str
    nominal: str
    sent: str
    scans: tuple[str, ...]
    obstacles: tuple[str, ...]
    peers: dict[str, str]
    transforms: dict[str, bool]
    parameters: str


def choose(path: Path, kinds: Mapping[str, str], asked: Asked, notes: list[str]) -> Topics:
    """The topics of one robot and of what is around it.

    Of several robots it is the first by name that has odometry and commands; the others are its
    peers. `asked.odom` names another.

    Args:
        path: the bag, for errors.
        kinds: types of all topics.
        asked: what somebody wants.
        notes: gets a sentence for everything that is guessed.

    Raises:
        BagError: if a topic is missing, or of another type.
    """
    wanted: list[tuple[str, tuple[str, ...], str]] = [
        (asked.odom, (ODOMETRY,), 'odometry'),
        (asked.nominal, TWISTS, 'a nominal command'),
        *((topic, (SCAN,), 'scans') for topic in asked.scans),
        *((topic, (MARKERS,), 'obstacle markers') for topic in asked.obstacles),
    ]
    for topic, fitting, what in wanted:
        _check(path, kinds, topic, fitting, what)
    commanded = {_namespace(topic) for topic, kind in kinds.items() if kind in TWISTS}
    odometries = [topic for topic, kind in kinds.items() if kind == ODOMETRY]
    odometry = asked.odom or _best_odometry(path, odometries, commanded)
    robot = _namespace(odometry)
    if not asked.odom:
        notes.append(f'odometry is taken from {odometry}')
    nominal = asked.nominal or _best_nominal(path, kinds, robot)
    if not asked.nominal:
        notes.append(f'nominal command is taken from {nominal}')
    sent = f'{robot}/cmd_vel'
    if sent == nominal or kinds.get(sent) not in TWISTS:
        sent = ''
    # One odometry for each of the others, of those that are driven.
    peers: dict[str, str] = {}
    for topic in sorted(odometries, key=lambda topic: (len(topic), topic)):
        space = _namespace(topic)
        if space != robot and space and space in commanded:
            peers.setdefault(space.strip('/'), topic)
    if peers:
        notes.append(
            f'{robot.strip("/") or odometry} is looked at, the first robot by name; '
            f'{", ".join(sorted(peers))} are its peers (--odom names another)'
            if not asked.odom
            else f'{", ".join(sorted(peers))} are peers'
        )
    scans = tuple(asked.scans) or _scans(kinds, peers)
    obstacles = tuple(asked.obstacles) or _obstacles(kinds, peers, notes)
    if not scans and not obstacles:
        notes.append('there are neither scans nor obstacle markers: the filter sees little')
    return Topics(
        robot,
        odometry,
        nominal,
        sent,
        scans,
        obstacles,
        dict(sorted(peers.items())),
        {t: t.endswith('_static') for t, kind in kinds.items() if kind == TRANSFORMS},
        next((topic for topic, kind in kinds.items() if kind == PARAMETERS), ''),
    )


def _check(
    path: Path, kinds: Mapping[str, str], topic: str, fitting: tuple[str, ...], what: str
) -> None:
    if not topic:
        return
    if topic not in kinds:
        raise BagError(f'{path} has no topic {topic}; it has {", ".join(sorted(kinds))}')
    if kinds[topic] not in fitting:
        raise BagError(
            f'{topic} of {path} has the type {kinds[topic]}; {what} must be {" or ".join(fitting)}'
        )


def _best_odometry(path: Path, found: Sequence[str], commanded: set[str]) -> str:
    if not found:
        raise BagError(f'{path} has no topic of type {ODOMETRY} for the odometry')
    driven = [topic for topic in found if _namespace(topic) in commanded]
    return min(driven or found, key=lambda topic: (_namespace(topic), len(topic), topic))


def _best_nominal(path: Path, kinds: Mapping[str, str], robot: str) -> str:
    found = [topic for topic, kind in kinds.items() if kind in TWISTS]
    if not found:
        raise BagError(
            f'{path} has no topic of type {" or ".join(TWISTS)} for the nominal command'
        )
    own = [topic for topic in found if _namespace(topic) == robot]

    def rank(topic: str) -> tuple[int, str]:
        name = topic.rsplit('/', 1)[-1]
        return (_NOMINAL.index(name) if name in _NOMINAL else len(_NOMINAL)), topic

    return min(own or found, key=rank)


def _scans(kinds: Mapping[str, str], peers: Mapping[str, str]) -> tuple[str, ...]:
    """Scanners in no other robot's namespace."""
    return tuple(sorted(t for t, kind in kinds.items() if kind == SCAN and _is_near(t, peers)))


def _obstacles(
    kinds: Mapping[str, str], peers: Mapping[str, str], notes: list[str]
) -> tuple[str, ...]:
    """Topics that are called obstacles; other markers may be anything."""
    markers = sorted(t for t, kind in kinds.items() if kind == MARKERS and _is_near(t, peers))
    found = tuple(topic for topic in markers if topic.rsplit('/', 1)[-1] == _OBSTACLES)
    others = [topic for topic in markers if topic not in found]
    if found:
        notes.append(f'obstacles are taken from {", ".join(found)}')
    if others:
        notes.append(
            f'markers on {", ".join(others)} are taken to be no obstacles (--obstacles names them)'
        )
    return found


def _is_near(topic: str, peers: Mapping[str, str]) -> bool:
    return not any(topic.startswith(f'/{peer}/') for peer in peers)


def _namespace(topic: str) -> str:
    return topic.rsplit('/', 1)[0]
