"""What laser scanners see, each a topic with sensor_msgs/LaserScan."""

import math
from typing import TYPE_CHECKING

from sensor_msgs.msg import LaserScan as LaserScanMessage

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.braking import braking_time, stopping_distance
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.scan_reader import discs_at, laser_scan_of
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.staleness import delay, silence
from vcp_cbf_safety.ros.watch import Watch
from vcp_cbf_safety.sensing.field_of_view import Field, Unseen, field_of, limits_where
from vcp_cbf_safety.sensing.laser_scan import LaserScan, Mount
from vcp_cbf_safety.sensing.scanner import Scanner, ScannerConfig

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections


class ScanSource(Source):
    """The scanners that the parameter `scan_topics` names; the robot needs all of them."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._scanners: list[_WatchedScanner] = []
        self._made_for: tuple[object, ...] = ()
        self.follow(context.settings, context.now)

    def follow(self, settings: NodeSettings, now: float) -> None:
        """Take other parameters; scanners that are read otherwise begin anew."""
        made_for = (
            settings.scan_topics,
            settings.scanners,
            settings.scan_mounts_by_transform,
        )
        if made_for == self._made_for:
            return
        self._made_for = made_for
        heard = {scanner.newest.topic: scanner for scanner in self._scanners}
        self._scanners = []
        for topic, config in zip(settings.scan_topics, settings.scanners, strict=True):
            name = self._context.resolve(topic)
            before = heard.get(name)
            newest = before.newest if before else self._context.inputs.listen(name)
            scanner = Scanner(config, name)
            watch = Watch(f'scan on {name}', self._context.log)
            again = _WatchedScanner(scanner, newest, watch, config, self._context)
            again.reset(now)
            again.heard = before is not None and before.heard
            self._scanners.append(again)

    def connect(self, connections: 'Connections') -> None:
        """Hear every scanner."""
        for scanner in self._scanners:
            if not scanner.heard:
                connections.hear(LaserScanMessage, scanner.newest)
                scanner.heard = True

    def reset(self, now: float) -> None:
        """Start over: the robot may have been carried."""
        for scanner in self._scanners:
            scanner.reset(now)

    def look(self, moment: Moment) -> Seen:
        """Points of all scanners, and how fast the robot may drive where none of them looks."""
        if moment.jumped:
            # What they have seen is not where it was any more.
            for scanner in self._scanners:
                scanner.forget()
        reasons = [scanner.observe(moment) for scanner in self._scanners]
        fields = tuple(each.field for each in self._scanners if each.field is not None)
        settings = moment.settings
        limits = Seen().speed_limits
        if self._scanners:
            limits = limits_where(settings.filter, fields, Unseen(settings.scan_unseen))
        return Seen(
            discs=[each.scanner.discs(moment.now) for each in self._scanners],
            speed_limits=limits,
            brake=[reason for reason in reasons if reason],
            faults=[each.too_short for each in self._scanners if each.too_short],
        )

    def values(self, now: float) -> dict[str, str]:
        """Age, points, and points of the robot itself, of every scanner."""
        values = {}
        for index, each in enumerate(self._scanners):
            values[f'scan.{index}.age_s'] = f'{each.newest.age(now):.3f}'
            values[f'scan.{index}.points'] = str(each.scanner.points)
            values[f'scan.{index}.own_points'] = str(each.scanner.own)
        return values


class _WatchedScanner:
    """One scanner and its topic."""

    def __init__(
        self,
        scanner: Scanner,
        newest: Newest,
        watch: Watch,
        config: ScannerConfig,
        context: Context,
    ) -> None:
        self.scanner, self.newest = scanner, newest
        self.field: Field | None = None
        self.heard = False
        self._watch, self._config = watch, config
        self._frames, self._odom = context.frames, context.inputs.odom
        self.too_short = ''

    def reset(self, now: float) -> None:
        self._watch.reset()
        self._since = now
        self._frame = ''
        self.forget()

    def forget(self) -> None:
        """Know nothing; the newest scan is read again, so that nobody drives without one."""
        self.scanner.forget()
        self._read, self._error = 0, ''

    def observe(self, moment: Moment) -> str:
        """Read the newest scan if it is a new one; why the robot must brake, '' when not."""
        newest, settings, now = self.newest, moment.settings, moment.now
        limit = ('scan', 'scan_timeout', settings.scan_timeout)
        if newest.count != self._read and moment.robot is not None:
            self._read = newest.count
            try:
                self._take(moment)
                self._error = ''
            except InputError as error:
                self._error = str(error)
        fault = silence(newest, now, *limit) or delay(newest, now, *limit) or self._error
        awaited = newest.received < self._since
        return self._watch.observe(
            fault, newest.count, settings.recovery_time, now, awaited=awaited
        )

    def _take(self, moment: Moment) -> None:
        newest, frame = self.newest, self.newest.message.header.frame_id
        self._frame = self._frame or frame
        if frame != self._frame:
            raise InputError(
                f"scan on {newest.topic} is in frame '{frame}' and was in '{self._frame}' before; "
                'each scanner needs a topic of its own'
            )
        stamp = newest.received - newest.transport
        scan = laser_scan_of(newest.message, newest.topic, stamp, moment.settings)
        if moment.settings.scan_mounts_by_transform:
            self.scanner.mount = self._mount(frame, moment.now - stamp)
        known = discs_at(moment.peers, moment.now - stamp, moment.settings.peer_inner_radius)
        self.scanner.take(scan, moment.poses, known)
        self.too_short = too_short(
            scan, newest.topic, self.scanner.mount, self._config.speed_bound, moment.settings
        )
        self.field = field_of(scan, self.scanner.mount)

    def _mount(self, frame: str, ago: float) -> Mount:
        """Where transforms say that the scanner was on the robot some time ago [s]."""
        topic, base = self.newest.topic, self._odom.message.child_frame_id
        if not base or not frame:
            nameless = f'odometry on {self._odom.topic} has no child_frame_id'
            if base:
                nameless = 'it has no frame_id'
            raise InputError(
                f'scan on {topic} cannot be placed: {nameless}; set that, or scan_mounts'
            )
        try:
            return Mount(*self._frames.between(base, frame, ago))
        except InputError as error:
            raise InputError(f'scan on {topic} cannot be placed: {error}') from None


def too_short(
    scan: LaserScan, topic: str, mount: Mount, speed_bound: float, settings: NodeSettings
) -> str:
    """Why a scanner does not see far enough for the robot's top speed, '' when it does."""
    robot = settings.filter
    stop = stopping_distance(robot, robot.top_speed)
    seconds = braking_time(robot, robot.top_speed) + robot.hold_time + robot.actuation_delay
    away = math.hypot(mount.x, mount.y)
    needed = robot.outer_radius + away + stop + speed_bound * seconds
    if scan.range_max >= needed:
        return ''
    return (
        f'scan on {topic} sees {scan.range_max:.2f} m far and the robot needs {needed:.2f} m to '
        'stop from max_speed: lower that, or use a scanner that sees further'
    )
