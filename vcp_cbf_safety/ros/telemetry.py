"""The numbers of every cycle, to plot: ~/telemetry."""

from typing import Any

from std_msgs.msg import Float64MultiArray, MultiArrayDimension, MultiArrayLayout

from vcp_cbf_safety.command import SafeCommand
from vcp_cbf_safety.cycle_numbers import FIELDS, numbers_of


class Telemetry:
    """Publishes the numbers of every cycle, while somebody listens.

    Args:
        publisher: of the topic.
    """

    def __init__(self, publisher: Any) -> None:
        self._publisher = publisher
        count = len(FIELDS)
        names = MultiArrayDimension(label=','.join(FIELDS), size=count, stride=count)
        self._layout = MultiArrayLayout(dim=[names])

    def show(self, command: SafeCommand, seconds: float) -> None:
        """Take the command of a cycle that took so long [s]."""
        if self._publisher.get_subscription_count() == 0:
            return
        found = numbers_of(command, seconds)
        data = [found[name] for name in FIELDS]
        self._publisher.publish(Float64MultiArray(layout=self._layout, data=data))
