"""Obstacles with velocities, as trackers report them."""

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.hazards.discs import Discs, standing_discs
from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.hazards.line_cover import cover_lines
from vcp_cbf_safety.ros.conversions import check_frame
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.staleness import delay, silence
from vcp_cbf_safety.ros.trackers.table import TRACKERS, message_type
from vcp_cbf_safety.ros.trackers.tracked import Tracked, check_tracked
from vcp_cbf_safety.ros.watch import Watch

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections


class TrackerSource(Source):
    """The trackers that the parameter `tracker_topics` names; the robot needs all of them.

    Raises:
        ConfigurationError: if the messages of one are not installed.
    """

    def __init__(self, context: Context) -> None:
        self._trackers = [
            _WatchedTracker(context, topic, kind) for topic, kind in context.settings.trackers
        ]

    def connect(self, connections: 'Connections') -> None:
        """Hear every tracker."""
        for tracker in self._trackers:
            if not tracker.heard:
                connections.hear(tracker.message, tracker.newest)
                tracker.heard = True

    def reset(self, now: float) -> None:
        """Start over."""
        for tracker in self._trackers:
            tracker.reset(now)

    def look(self, moment: Moment) -> Seen:
        """What the newest message of every tracker says, moved on by its age."""
        reasons = [tracker.observe(moment) for tracker in self._trackers]
        found = [tracker.obstacles(moment) for tracker in self._trackers]
        return Seen(
            circles=[circle for each in found for circle in each.moving],
            discs=[each.standing for each in found],
            brake=[reason for reason in reasons if reason],
        )

    def values(self, now: float) -> dict[str, str]:
        """Age and number of obstacles of every tracker."""
        values = {}
        for index, each in enumerate(self._trackers):
            values[f'tracker.{index}.age_s'] = f'{each.newest.age(now):.3f}'
            values[f'tracker.{index}.obstacles'] = str(each.count)
        return values


class Obstacles(NamedTuple):
    """What one tracker reports.

    Attributes:
        moving: discs that move, or of which nobody knows whether they do.
        standing: discs that cover the outlines of all others.
    """

    moving: Sequence[Circle]
    standing: Discs


NOTHING = Obstacles((), standing_discs((), (), (), ()))


class _WatchedTracker:
    """One tracker and its topic."""

    def __init__(self, context: Context, topic: str, kind: str) -> None:
        name = context.resolve(topic)
        self.message, self.newest = message_type(kind), context.inputs.listen(name)
        self.heard = False
        self.count = 0
        self._kind, self._label = kind, f'obstacles of {name}'
        self._frames = context.frames
        self._watch = Watch(self._label, context.log)
        self._since = context.now
        self._read, self._error, self._found = 0, '', NOTHING

    def reset(self, now: float) -> None:
        self._watch.reset()
        self._since = now
        self._read, self._error, self._found = 0, '', NOTHING

    def observe(self, moment: Moment) -> str:
        """Read the newest message if it is a new one; why the robot must brake, '' when not."""
        newest, settings, now = self.newest, moment.settings, moment.now
        if newest.count != self._read and newest.message is not None:
            self._read = newest.count
            try:
                self._found = self._take(settings, now)
                self._error = ''
            except InputError as error:
                self._error = str(error)
        limit = ('list of obstacles', 'tracker_timeout', settings.tracker_timeout)
        fault = silence(newest, now, *limit) or delay(newest, now, *limit) or self._error
        awaited = newest.received < self._since
        return self._watch.observe(
            fault, newest.count, settings.recovery_time, now, awaited=awaited
        )

    def obstacles(self, moment: Moment) -> Obstacles:
        """What was reported, with its age now."""
        age = max(self.newest.content_age(moment.now), 0.0)
        moving = [replace(circle, age=age) for circle in self._found.moving]
        return self._found._replace(moving=moving)

    def _take(self, settings: NodeSettings, now: float) -> Obstacles:
        message = self.newest.message
        frame = message.header.frame_id
        if not settings.use_tf or not frame:
            check_frame(frame, settings.world_frame, self._label)
        found = list(TRACKERS[self._kind](message))
        for each in found:
            check_tracked(each, self._label)
        try:
            pose = self._frames.to_world(frame, settings.transform_timeout, now)
        except InputError as error:
            raise InputError(f'{self._label} cannot be placed: {error}') from None
        if pose is not None:
            found = [each.placed(pose) for each in found]
        self.count = len(found)
        return sorted_out(found, settings, self.newest.topic)


def sorted_out(found: Sequence[Tracked], settings: NodeSettings, topic: str) -> Obstacles:
    """Obstacles as discs.

    Whatever moves is inside one disc around it, which moves with its velocity. What stands is
    covered along its outline, so that a wall is not a disc as large as the wall is long.

    Args:
        found: what a tracker reports.
        settings: `tracker_velocity_uncertainty` and `peer_max_speed`.
        topic: where, for names.
    """
    moving, names, centers, radii = [], [], [], []
    for each in found:
        name = f'{topic}/{each.name}'
        if each.velocity == (0.0, 0.0):
            places, radius = _outline(each)
            names += [f'{name}[{i}]' for i in range(len(places))]
            centers.append(places)
            radii.append(np.full(len(places), radius))
            continue
        error = settings.tracker_velocity_uncertainty
        if each.velocity is None:
            error = settings.filter.peer_max_speed
        vx, vy = each.velocity or (0.0, 0.0)
        x, y, radius = _around(each)
        moving.append(Circle(x, y, radius, vx, vy, name, velocity_uncertainty=error))
    if not names:
        return NOTHING._replace(moving=moving)
    x, y = np.concatenate(centers).T
    return Obstacles(moving, standing_discs(names, x, y, np.concatenate(radii)))


def _outline(each: Tracked) -> tuple[np.ndarray, float]:
    """Discs (k, 2) and their radius [m] that cover what stands, along its outline."""
    corners = np.array(each.corners)
    if len(corners) == 1:
        return corners, each.radius
    following = np.roll(corners, -1, axis=0) if len(corners) > 2 else corners[1:]
    return cover_lines(corners[: len(following)], following, 2.0 * each.radius)


def _around(each: Tracked) -> tuple[float, float, float]:
    """A disc around an obstacle: centre and radius [m]."""
    xs, ys = zip(*each.corners, strict=True)
    x, y = 0.5 * (min(xs) + max(xs)), 0.5 * (min(ys) + max(ys))
    return x, y, each.radius + max(math.dist((x, y), corner) for corner in each.corners)
