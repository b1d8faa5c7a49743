"""The obstacles that stand still, and which of them are near enough to matter."""

from collections.abc import Callable, Sequence
from itertools import accumulate

import numpy as np

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.motion.unicycle import RobotState
from vcp_cbf_safety.ros.markers import DiscList

# As many are always looked at, wherever they are: leaving out saves no time, and what sees the
# nearest few sees them all.
_FEW = 100


class StandingDiscs:
    """Discs of single markers and of lists.

    Args:
        circles: of single markers.
        lists: of list markers.
    """

    def __init__(self, circles: Sequence[Circle] = (), lists: Sequence[DiscList] = ()) -> None:
        self._circles = circles
        self._lists = [each for each in lists if len(each)]
        self._starts = list(accumulate(map(len, self._lists), initial=len(circles)))
        self._all: tuple[Circle, ...] | None = None
        self._columns: tuple[np.ndarray, np.ndarray] | None = None

    def __len__(self) -> int:
        return self._starts[-1]

    def all(self) -> tuple[Circle, ...]:
        """All of them."""
        if self._all is None:
            self._all = (
                *self._circles,
                *(each.circle(i) for each in self._lists for i in range(len(each))),
            )
        return self._all

    def near(
        self, robot: RobotState | None, reach: Callable[[RobotState], float]
    ) -> tuple[Circle, ...]:
        """Those that are not further away than a distance, and the nearest few in any case.

        Args:
            robot: where the distance is measured from; None for all of them.
            reach: distance from there to the edge of a disc [m]; asked only where it matters.
        """
        if len(self) <= _FEW or robot is None:
            return self.all()
        centers, radii = self._as_columns()
        x, y = (centers - (robot.x, robot.y)).T
        free = np.sqrt(x * x + y * y) - radii
        chosen = np.flatnonzero(free <= max(reach(robot), np.partition(free, _FEW - 1)[_FEW - 1]))
        found: list[Circle] = []
        first = int(np.searchsorted(chosen, len(self._circles)))
        found += [self._circles[i] for i in chosen[:first].tolist()]
        for each, start in zip(self._lists, self._starts, strict=False):
            last = int(np.searchsorted(chosen, start + len(each)))
            found += [each.circle(i) for i in (chosen[first:last] - start).tolist()]
            first = last
        return tuple(found)

    def _as_columns(self) -> tuple[np.ndarray, np.ndarray]:
        if self._columns is None:
            table = np.array([(c.x, c.y, c.radius) for c in self._circles]).reshape(-1, 3)
            centers = [table[:, :2], *(each.centers for each in self._lists)]
            radii = [table[:, 2], *(np.full(len(each), each.radius) for each in self._lists)]
            self._columns = np.concatenate(centers), np.concatenate(radii)
        return self._columns
