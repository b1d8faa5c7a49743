"""What is wrong around the filter on the ROS graph, said once when it appears and when it goes."""

from vcp_cbf_safety.ros.bypass import GraphIssues
from vcp_cbf_safety.ros.watch import Log

# Discovery may take so many looks, a second apart, before silence on /clock means anything.
_LOOKS_FOR_CLOCK = 3


class GraphWatch:
    """Remembers what the last look at the graph has found.

    Args:
        log: takes a warning for each issue that appears and a line for each that is gone.
    """

    def __init__(self, log: Log) -> None:
        self._log = log
        self._found = GraphIssues()
        self._without_clock = 0
        self._issues: tuple[str, ...] = ()

    @property
    def issues(self) -> tuple[str, ...]:
        """Everything that is wrong, one sentence each."""
        return self._issues

    @property
    def bypasses(self) -> tuple[str, ...]:
        """How the filter is driven around, one sentence each."""
        return self._found.bypasses

    @property
    def bypass(self) -> str:
        """The first of these, '' for none."""
        return next(iter(self.bypasses), '')

    def update(self, found: GraphIssues, *, simulated_time: bool, ros_now: float) -> None:
        """Take what a look at the graph has found.

        Args:
            found: who drives around the filter, and who cannot be heard.
            simulated_time: parameter use_sim_time.
            ros_now: ROS time, 0 while nothing has come on /clock [s].
        """
        self._found = found
        self._without_clock = self._without_clock + 1 if simulated_time and ros_now == 0.0 else 0
        clock: tuple[str, ...] = ()
        if self._without_clock >= _LOOKS_FOR_CLOCK:
            clock = (
                'use_sim_time is true and nothing has come on /clock: start the simulator, or set '
                'use_sim_time to false on a real robot',
            )
        issues = (*found.bypasses, *found.mismatches, *clock)
        for sentence in sorted(set(issues) - set(self._issues)):
            self._log.warning(sentence)
        for sentence in sorted(set(self._issues) - set(issues)):
            self._log.info(f'no longer so: {sentence}')
        self._issues = issues
