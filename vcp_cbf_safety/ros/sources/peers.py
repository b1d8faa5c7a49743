"""Other robots, by their odometry."""

from collections.abc import Callable
from typing import TYPE_CHECKING, NamedTuple

from nav_msgs.msg import Odometry

from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.odometry import OdometryReader, reach_of_peer
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.peer_view import Place, peer_view
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.watch import Watch

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections


class _WatchedPeer(NamedTuple):
    reader: OdometryReader
    watch: Watch
    since: float  # monotonic time from which on it was expected [s]


class PeerSource(Source):
    """The robots that the parameter `peers` names."""

    def __init__(self, context: Context) -> None:
        self._inputs, self._log = context.inputs, context.log
        self._resolve = context.resolve
        self._frames = context.frames
        self._peers: dict[str, _WatchedPeer] = {}
        self._drops: dict[str, Callable[[], object]] = {}
        self.follow(context.settings, context.now)

    def follow(self, settings: NodeSettings, now: float) -> None:
        """Watch the peers that are named now; others are forgotten."""
        for name in set(self._peers) - set(settings.peers):
            self._inputs.forget(self._peers.pop(name).reader.newest)
            if name in self._drops:
                self._drops.pop(name)()
        for name in settings.peers:
            if name not in self._peers:
                newest = self._inputs.listen(self._resolve(settings.peer_topic(name)))
                watch = Watch(f'peer {name}', self._log)
                self._peers[name] = _WatchedPeer(OdometryReader(newest), watch, now)
        self._peers = {name: self._peers[name] for name in settings.peers}

    def connect(self, connections: 'Connections') -> None:
        """Hear the odometry of every peer."""
        for name, (reader, _, _) in self._peers.items():
            if name not in self._drops:
                self._drops[name] = connections.hear(Odometry, reader.newest)

    def reset(self, now: float) -> None:
        """Nobody has watched: peers may have been carried."""
        for name, (reader, watch, _) in self._peers.items():
            reader.start_over()
            watch.reset()
            self._peers[name] = _WatchedPeer(reader, watch, now)

    def newest(self) -> dict[str, Newest]:
        """The newest odometry of every peer, by its name."""
        return {name: reader.newest for name, (reader, _, _) in self._peers.items()}

    def look(self, moment: Moment) -> Seen:
        """Discs of the peers, why the robot must stop for them, and what else is wrong."""
        settings, now = moment.settings, moment.now
        hazards, reasons, faults = [], [], []
        for name, (reader, watch, since) in self._peers.items():
            place = self._read(reader, settings, now)
            view = peer_view(name, reader, place, moment.robot, settings, now - since, now)
            blocked = watch.observe(
                view.fault if view.brakes else '',
                # One that is taken to be absent sends no further message to wait for.
                reader.newest.count if view.hazard else moment.cycle,
                settings.recovery_time,
                now,
                awaited=reader.newest.received < since,
            )
            if view.hazard is not None:
                hazards.append(view.hazard)
            if blocked:
                reasons.append(blocked)
            elif view.fault:
                faults.append(view.fault)
        restarts = (reader.restart for reader, _, _ in self._peers.values())
        restart = next(filter(None, restarts), '')
        return Seen(peers=hazards, brake=reasons, faults=faults, restart=restart)

    def _read(self, reader: OdometryReader, settings: NodeSettings, now: float) -> Place:
        """Read the newest odometry of a peer, and find the frame that it is in.

        It is compared with itself in its own frame: a correction of the localisation is no jump.
        """
        frame = settings.world_frame
        if settings.use_tf and reader.newest.message is not None:
            frame = reader.newest.message.header.frame_id or frame
        if frame != reader.frame:
            reader.start_over()
        reader.read(frame, reach_of_peer(settings.filter))
        return Place(*self._frames.placed(reader.frame or frame, settings.transform_timeout, now))

    def values(self, now: float) -> dict[str, str]:
        """Time since the last odometry of every peer."""
        return {
            f'peer.{name}.age_s': f'{newest.age(now):.3f}'
            for name, newest in self.newest().items()
        }
