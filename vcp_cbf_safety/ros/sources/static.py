"""The hazards in the parameters: the arena, and circles that are always there."""

from vcp_cbf_safety.ros.sources.source import Context, Moment, Seen, Source


class StaticSource(Source):
    """What the parameters `arena` and `obstacles` say."""

    def __init__(self, context: Context) -> None:
        pass

    def look(self, moment: Moment) -> Seen:
        """Arena and circles of the parameters."""
        return Seen(arena=moment.settings.arena, circles=moment.settings.circles)
