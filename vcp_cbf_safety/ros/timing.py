"""Percentiles of recent durations, and when they are too long."""

from typing import NamedTuple

import numpy as np


class TimingLimits(NamedTuple):
    """From where on the timing of control cycles is worth a warning or an error.

    Attributes:
        late_warn, late_error: share of cycles that come late, 0 to 1.
        duration_warn: 99th percentile of their duration, in periods.
    """

    late_warn: float
    late_error: float
    duration_warn: float


class RecentDurations:
    """A ring of the newest durations.

    Args:
        capacity: how many to keep; 1000 are 20 s at 50 Hz.
    """

    def __init__(self, capacity: int = 1000) -> None:
        self._ring = np.zeros(capacity)
        self._added = 0

    def add(self, seconds: float) -> None:
        """Add a duration [s]; the oldest one leaves."""
        self._ring[self._added % len(self._ring)] = seconds
        self._added += 1

    def summary(self) -> tuple[float, float, float]:
        """Median, 99th percentile and maximum of what is in the ring [s]; zeros when empty."""
        kept = self._ring[: min(self._added, len(self._ring))]
        if not len(kept):
            return 0.0, 0.0, 0.0
        p50, p99 = np.percentile(kept, (50.0, 99.0))
        return float(p50), float(p99), float(kept.max())
