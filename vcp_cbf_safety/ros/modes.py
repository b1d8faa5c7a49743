"""Who is in charge: the filter, nobody (shadow, disabled), or a stop that waits for release."""

ENFORCE = 'enforce'
SHADOW = 'shadow'
DISABLED = 'disabled'
EMERGENCY_STOP = 'emergency_stop'


class Modes:
    """Remembers what services and topics have asked for; it outlives every transition.

    Args:
        stopped_by: who stopped the robot before this start; '' when nobody did.
    """

    def __init__(self, stopped_by: str = '') -> None:
        self._enabled = True
        self._stopped_by = stopped_by
        self._held = ''

    @property
    def hold_reason(self) -> str:
        """Why the filter must brake until `release`; '' when it need not."""
        return self._held

    @property
    def stop_reason(self) -> str:
        """Why the robot must stand at once; '' when it need not."""
        if not self._stopped_by:
            return ''
        return f'emergency stop by {self._stopped_by}; call ~/release to drive on'

    def current(self, configured: str) -> str:
        """The mode in force.

        Args:
            configured: the parameter `mode`.
        """
        if self._stopped_by:
            return EMERGENCY_STOP
        return configured if self._enabled else DISABLED

    def emergency_stop(self, who: str) -> str:
        """Stop at once until `release`; the answer for people."""
        self._stopped_by = self._stopped_by or who
        return 'the robot is told to stand until ~/release is called'

    def hold(self, why: str) -> None:
        """Brake until `release`, whatever happens meanwhile.

        Args:
            why: one sentence for people.
        """
        self._held = self._held or why

    def release(self) -> str:
        """Allow driving again; the answer for people."""
        released = []
        if self._stopped_by:
            released.append(f'released the emergency stop by {self._stopped_by}')
        if self._held:
            released.append(f'released the stop because {self._held}')
        self._stopped_by = self._held = ''
        return '; '.join(released) or 'there was no emergency stop to release'

    def enable(self, wanted: bool, allow_disable: bool) -> tuple[bool, str]:
        """Switch the filter on or off: whether that was done, and the answer for people."""
        if wanted:
            self._enabled = True
            return True, 'the filter is enabled'
        if not allow_disable:
            return False, (
                'allow_disable is false, so the filter cannot be disabled; it must be true at '
                'start for that'
            )
        self._enabled = False
        return True, 'the filter is disabled: nominal commands pass unchanged'
