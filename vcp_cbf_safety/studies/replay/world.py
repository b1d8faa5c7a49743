"""What is around a recorded robot: scans, markers, peers and transforms, as its node has them."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import NamedTuple

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.discs import Discs
from vcp_cbf_safety.hazards.hazards import Arena, Circle, Hazards, Peer
from vcp_cbf_safety.hazards.relevance import relevant_distance
from vcp_cbf_safety.motion.pose_history import PoseHistory
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.frames import Frames
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.markers import markers_of
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.odometry import OdometryReader, reach_of_peer
from vcp_cbf_safety.ros.scan_reader import discs_at, laser_scan_of
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.moving_markers import moving_markers
from vcp_cbf_safety.ros.sources.peer_view import Place, peer_view
from vcp_cbf_safety.ros.transform_reader import TransformReader
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig
from vcp_cbf_safety.studies.replay.bag import Bag, Timed, stamp_of


class Around(NamedTuple):
    """What is around the robot in one cycle.

    Attributes:
        hazards: what its body must not touch.
        brake: why it must brake, '' when it need not.
    """

    hazards: Hazards
    brake: str = ''


class RecordedWorld:
    """What is around the robot.

    Attributes:
        poses: where the robot was; whoever plays odometry notes it there.
        faults: what could not be used, one sentence each, by the sentence without its numbers.

    Args:
        recording: what a bag holds.
        settings: parameters of the node.
    """

    def __init__(self, recording: Bag, settings: NodeSettings) -> None:
        self.poses = PoseHistory()
        self.faults: dict[str, str] = {}
        self._recording, self._settings = recording, settings
        self._topics = recording.topics
        self._frames = Frames(settings, lambda: 0.0)
        self._transforms = TransformReader(self._frames.tree, lambda: 0.0, self._fault)
        self._scanners = {
            topic: Scanner(_scanner_config(recording, settings, topic), topic)
            for topic in self._topics.scans
            if topic in recording.mounts
        }
        self._stores = {
            topic: ObstacleStore(
                topic=topic,
                world_frame=settings.world_frame,
                config=settings.filter,
                warn=self._fault,
                note=lambda sentence: None,
                any_frame=True,
            )
            for topic in self._topics.obstacles
        }
        topics = self._topics.peers
        self._peers = {
            name: OdometryReader(Newest(topics.get(name, settings.peer_topic(name))))
            for name in settings.peers
        }
        self._names = {reader.newest.topic: name for name, reader in self._peers.items()}
        self._unused = {each for each in topics.values() if each not in self._names}
        fixed = settings.arena is not None or settings.circles
        if not (self._stores or self._peers or fixed):
            # Scans are in the frame of the robot, whatever that is in.
            self._unused |= {*self._topics.transforms}
        self._known: list[Peer] = []

    def take(self, topic: str, timed: Timed) -> None:
        """Take the bytes of a message."""
        if topic in self._unused:
            return
        try:
            message = self._recording.message(topic, timed.value)
            if topic in self._scanners:
                stamp = stamp_of(message, timed.received)
                scan = laser_scan_of(message, topic, stamp, self._settings)
                known = discs_at(
                    self._known, timed.received - stamp, self._settings.peer_inner_radius
                )
                self._scanners[topic].take(scan, self.poses, known)
            elif topic in self._stores:
                store = self._stores[topic]
                store.take(markers_of(message), timed.received, timed.received)
            elif topic in self._names:
                transport = max(timed.received - stamp_of(message, timed.received), 0.0)
                newest = self._peers[self._names[topic]].newest
                newest.store(message, timed.received, transport)
            else:
                self._transforms.read(message, self._topics.transforms[topic], timed.received)
        except InputError as error:
            self._fault(str(error))

    def look(self, now: float, robot: RobotState) -> Around:
        """What is around the robot at a time [s]."""
        settings, config = self._settings, self._settings.filter
        circles: list[Circle] = []
        brakes = []
        reach = partial(relevant_distance, config)
        for store in self._stores.values():
            poses = self._placed(store.frames(now), now)
            moving = moving_markers(store.moving(now, poses), robot, settings)
            circles += [*store.near(robot, reach, now, poses), *moving.circles]
            brakes.append(moving.lost or store.refusal(now))
        arena, fixed = self._fixed(now)
        circles += fixed
        self._known = []
        for name, reader in self._peers.items():
            frame = reader.newest.message.header.frame_id if reader.newest.message else ''
            reader.read(frame or settings.world_frame, reach_of_peer(config))
            place = Place(*self._frames.placed(reader.frame, settings.transform_timeout, now))
            view = peer_view(name, reader, place, robot, settings, 0.0, now)
            if view.hazard is not None:
                self._known.append(view.hazard)
            brakes.append(view.fault if view.brakes else '')
        discs: list[Discs] = [scanner.discs(now) for scanner in self._scanners.values()]
        hazards = Hazards(arena=arena, circles=circles, peers=self._known, discs=discs)
        return Around(hazards, next(filter(None, brakes), ''))

    def _fixed(self, now: float) -> tuple[Arena | None, Sequence[Circle]]:
        """Arena and circles of the parameters, where they are now."""
        settings = self._settings
        arena, circles, frame = settings.arena, settings.circles, settings.hazard_frame.lstrip('/')
        if (arena is None and not circles) or frame == settings.world_frame.lstrip('/'):
            return arena, circles
        pose = self._placed({frame}, now).get(frame)
        if pose is None:
            return None, ()
        arena = None if arena is None else replace(arena, frame=pose)
        return arena, [circle.moved(pose) for circle in circles]

    def _placed(self, frames: set[str], now: float) -> dict[str, Planar]:
        """Where frames are; of one that nobody can place the sentence is kept."""
        found = {}
        for frame in sorted(frames):
            pose, error = self._frames.placed(frame, self._settings.transform_timeout, now)
            if pose is not None:
                found[frame] = pose
            elif error:
                self._fault(f'what is in {frame} is left out: {error}')
        return found

    def _fault(self, sentence: str) -> None:
        self.faults.setdefault(''.join(c for c in sentence if not c.isdigit()), sentence)


def _scanner_config(recording: Bag, settings: NodeSettings, topic: str) -> ScannerConfig:
    """How to read a scanner: as the filter in the bag, where it read it."""
    robot = recording.topics.robot
    configs = dict(zip(settings.scan_topics, settings.scanners, strict=True))
    for name, config in configs.items():
        resolved = name if name.startswith('/') else f'{robot}/{name}'
        if resolved == topic:
            by_transform = settings.scan_mounts_by_transform
            return replace(config, mount=recording.mounts[topic]) if by_transform else config
    return ScannerConfig(mount=recording.mounts[topic])
