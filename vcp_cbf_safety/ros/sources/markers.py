"""Obstacles that are reported as markers on the topic obstacles."""

import math
from functools import partial
from time import monotonic
from typing import TYPE_CHECKING

from rclpy.clock import Clock, ClockType

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.hazards.relevance import relevant_distance
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.marker_queue import IDLE, MarkerQueue
from vcp_cbf_safety.ros.obstacles import ObstacleStore
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.moving_markers import moving_markers
from vcp_cbf_safety.ros.sources.obstacle_topic import ObstacleTopic
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.watch import Log, Watch

if TYPE_CHECKING:
    from vcp_cbf_safety.ros.connections import Connections


class MarkerSource(Source):
    """Obstacles of the topic obstacles, and whether that is silent.

    Attributes:
        store: the obstacles.
        queue: messages that wait for being read into it.
    """

    def __init__(self, context: Context) -> None:
        settings, log = context.settings, context.log
        self.store = ObstacleStore(
            topic=context.resolve('obstacles'),
            world_frame=settings.world_frame,
            config=settings.filter,
            warn=log.warning,
            note=log.info,
            any_frame=settings.use_tf,
        )
        self._frames = context.frames
        self.queue = MarkerQueue(self.store, context.ros_now)
        self._since = context.now
        self._topic: ObstacleTopic | None = None
        self._watch_silence = Watch('the topic obstacles', log)
        # The store has said by itself which marker it refused.
        self._watch_refusals = Watch(
            'the list of obstacle markers', Log(log.info, lambda sentence: None)
        )
        self._watch_places = Watch('the place of obstacle markers', log)
        self._watch_moving = Watch('every obstacle marker that moves', log)

    def follow(self, settings: NodeSettings, now: float) -> None:
        """Take other parameters of the filter."""
        self.store.config = settings.filter

    def connect(self, connections: 'Connections') -> None:
        """Hear the topic obstacles."""
        if self._topic is not None:
            return
        self._topic = ObstacleTopic(connections.node, connections.group)
        connections.add(self._topic.wire, self._topic.drop)
        self.queue.connect(self._topic.take)
        steady = Clock(clock_type=ClockType.STEADY_TIME)
        connections.timer(IDLE, lambda: self.queue.poll_when_idle(monotonic()), steady)

    def reset(self, now: float) -> None:
        """Wait for the first obstacles again."""
        self._since = now
        for watch in (
            self._watch_silence,
            self._watch_refusals,
            self._watch_places,
            self._watch_moving,
        ):
            watch.reset()

    def poll(self, now: float) -> None:
        """Read messages that wait, for a share of a period."""
        self.queue.poll(now)

    def look(self, moment: Moment) -> Seen:
        """Obstacles that are near enough to matter, and those that move."""
        settings, now, cycle = moment.settings, moment.now, moment.cycle
        recovery, timeout = settings.recovery_time, settings.obstacles_timeout
        poses, unplaced = self._placed(settings, now)
        moving = moving_markers(self.store.moving(now, poses), moment.robot, settings)
        unread = self.queue.fault
        silent = 0.0 < timeout < self.store.age(now)
        silence = f'nothing came on the topic obstacles within obstacles_timeout ({timeout:g} s)'
        reasons = [
            self._watch_silence.observe(
                unread or (silence if silent else ''),
                cycle,
                recovery,
                now,
                # The first obstacles since the reset may still come in time.
                awaited=not unread and now - self._since <= timeout,
            ),
            self._watch_refusals.observe(self.store.refusal(now), cycle, recovery, now),
            self._watch_places.observe(unplaced, cycle, recovery, now),
            self._watch_moving.observe(moving.lost, cycle, recovery, now),
        ]
        standing = self.store.near(moment.robot, partial(_reach, settings), now, poses)
        return Seen(
            circles=(*standing, *moving.circles),
            brake=[reason for reason in reasons if reason],
            faults=moving.faults,
        )

    def _placed(self, settings: NodeSettings, now: float) -> tuple[dict[str, Planar], str]:
        """Where the frames of the markers are, and why that is not known of one, '' when it is."""
        poses, unplaced = {}, ''
        for frame in sorted(self.store.frames(now)):
            pose, error = self._frames.placed(frame, settings.transform_timeout, now)
            if pose is not None:
                poses[frame] = pose
            if error:
                unplaced = unplaced or f'obstacle markers cannot be placed: {error}'
        return poses, unplaced

    def values(self, now: float) -> dict[str, str]:
        """How many obstacles there are, and of the newest message that has taken effect how long
        reading it took (`obstacle_read_ms`), and how long after its arrival that was
        (`obstacle_delay_ms`).
        """
        count, moving = self.store.count(now)
        return {
            'obstacles': str(count),
            'obstacles_moving': str(moving),
            'obstacles_refused': str(self.store.refused),
            'obstacle_messages_waiting': str(len(self.queue)),
            'obstacle_read_ms': f'{1e3 * self.queue.read_s:.2f}',
            'obstacle_delay_ms': f'{1e3 * self.queue.delay_s:.2f}',
        }


def _reach(settings: NodeSettings, robot: RobotState) -> float:
    """How far away obstacles that stand still may matter [m]; a network may look at all."""
    if settings.barriernet_enabled:
        return math.inf
    return relevant_distance(settings.filter, robot)
