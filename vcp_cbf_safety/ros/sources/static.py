"""The hazards in the parameters: the arena, and circles that are always there."""

from dataclasses import replace

from vcp_cbf_safety.frames.planar import Planar
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source
from vcp_cbf_safety.ros.watch import Watch


class StaticSource(Source):
    """What the parameters `arena` and `obstacles` say, in the frame that `hazard_frame` says."""

    def __init__(self, context: Context) -> None:
        self._frames = context.frames
        self._watch = Watch('the place of arena and obstacles', context.log)
        self._moved_for: tuple[object, ...] = ()
        self._moved = Seen()

    def reset(self, now: float) -> None:
        """Start over."""
        self._watch.reset()

    def look(self, moment: Moment) -> Seen:
        """Arena and circles of the parameters, where they are now."""
        settings = moment.settings
        if settings.arena is None and not settings.circles:
            return Seen()
        pose, error = self._frames.placed(
            settings.hazard_frame, settings.transform_timeout, moment.now
        )
        seen = Seen(arena=settings.arena, circles=settings.circles)
        if pose is not None:
            seen = self._at(pose, settings)
        elif error:
            seen = Seen()
        reason = self._watch.observe(
            f'arena and obstacles cannot be placed: {error}' if error else '',
            moment.cycle,
            settings.recovery_time,
            moment.now,
            awaited=pose is None,
        )
        return seen._replace(brake=[reason]) if reason else seen

    def _at(self, pose: Planar, settings: NodeSettings) -> Seen:
        """What is in a frame with this pose; made again only where something has changed."""
        moved_for = (pose, settings.arena, settings.circles)
        if moved_for != self._moved_for:
            arena = settings.arena
            self._moved = Seen(
                arena=None if arena is None else replace(arena, frame=pose),
                circles=tuple(circle.moved(pose) for circle in settings.circles),
            )
            self._moved_for = moved_for
        return self._moved
