"""The nominal command: each message read once, what is wrong with it, and when there is none."""

from vcp_cbf_safety.errors import InputError
from vcp_cbf_safety.motion.unicycle import Twist2D
from vcp_cbf_safety.ros.conversions import checked_twist_of
from vcp_cbf_safety.ros.inputs import Newest
from vcp_cbf_safety.ros.staleness import delay, silence


class NominalReader:
    """Reads the nominal commands.

    Silence is no fault: a driver that has nothing to say is silent, a planner between two goals as
    well as a keyboard whose keys are released.

    Attributes:
        newest: its topic.
        command: the last one that is a speed, whatever its age; None before the first.
        idle: why nobody asks for motion, '' when somebody does.
        fault: what is wrong with the newest command, '' for nothing or when it is too old to
            matter.
        refused: how many commands were no speeds.
    """

    def __init__(self, newest: Newest) -> None:
        self.newest = newest
        self.command: Twist2D | None = None
        self.idle = self.fault = ''
        self.refused = 0
        self._error = ''
        self._read = 0

    def read(self, timeout: float, now: float) -> None:
        """Look at the newest command, if it is a new one, and at its age.

        Args:
            timeout: parameter cmd_timeout [s].
            now: monotonic time [s].
        """
        newest = self.newest
        if newest.count != self._read:
            self._read, self._error = newest.count, ''
            try:
                self.command = checked_twist_of(newest.message, newest.topic)
            except InputError as error:
                self.refused += 1
                self._error = str(error)
        self.idle = silence(newest, now, 'command', 'cmd_timeout', timeout)
        late = delay(newest, now, 'command', 'cmd_timeout', timeout)
        self.fault = '' if self.idle else late or self._error

    @property
    def usable(self) -> Twist2D | None:
        """The command to follow; None when there is none, or something is wrong with it."""
        return None if self.idle or self.fault else self.command
