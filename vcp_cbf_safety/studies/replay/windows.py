"""A long recording in windows of time, played by all cores; what comes out is the same on one."""

import multiprocessing
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.studies.recording import Recorded
from vcp_cbf_safety.studies.replay.bag import Bag
from vcp_cbf_safety.studies.replay.messages import MessageWriter
from vcp_cbf_safety.studies.replay.shadow import Played, Span, cycles_in, play

# Length of a window [s]. It decides where the filter begins anew, so it is no option.
_WINDOW = 300.0
# How often the progress is looked at [s].
_LOOK = 0.2


@dataclass(frozen=True, slots=True)
class Job:
    """Cycles that one process plays.

    Attributes:
        settings: the parameters.
        spans: which cycles.
        writes: whether their messages are wanted.
    """

    settings: NodeSettings
    spans: tuple[Span, ...]
    writes: bool = False


@dataclass(slots=True)
class JobResult:
    """What came out of a job."""

    played: Played = field(default_factory=Played)
    messages: list[Recorded] = field(default_factory=list)


def windows_of(recording: Bag, settings: NodeSettings) -> list[Job]:
    """The whole recording as jobs, one after the other."""
    period = settings.filter.period
    count, length = cycles_in(recording, period), round(_WINDOW / period)
    return [
        Job(settings, (Span(first, min(first + length, count)),), True)
        for first in range(0, count, length)
    ]


def play_jobs(
    recording: Bag, jobs: Sequence[Job], told: Callable[[float], object] = lambda share: None
) -> list[JobResult]:
    """Play jobs, on all cores where there are several.

    Args:
        recording: what a bag holds.
        jobs: what to play.
        told: hears which share is done.

    Returns:
        What came out, in the order of the jobs.
    """
    total = sum(span.last - span.first for job in jobs for span in job.spans) or 1
    cores = min(len(jobs), os.cpu_count() or 1)
    if cores <= 1:
        alone = _Shared(recording, jobs, [0] * len(jobs), lambda done: told(sum(done) / total))
        return [_played(alone, index) for index in range(len(jobs))]
    # Children of a fork have the recording without its being sent to them.
    context = multiprocessing.get_context('fork')
    counts = context.Array('q', len(jobs), lock=False)
    _shared.append(_Shared(recording, jobs, counts, lambda done: None))
    try:
        with context.Pool(cores) as pool:
            outcomes = pool.map_async(_play_shared, range(len(jobs)), chunksize=1)
            while not outcomes.ready():
                outcomes.wait(_LOOK)
                told(sum(counts) / total)
            return outcomes.get()
    finally:
        _shared.clear()


@dataclass(frozen=True, slots=True)
class _Shared:
    recording: Bag
    jobs: Sequence[Job]
    done: Any
    told: Callable[[Any], object]


# What the processes of a pool were born with.
_shared: list[_Shared] = []


def _play_shared(index: int) -> JobResult:
    return _played(_shared[0], index)


def _played(shared: _Shared, index: int) -> JobResult:
    job, outcome = shared.jobs[index], JobResult()
    number = 0

    def count(_: int) -> None:
        nonlocal number
        number += 1
        if not number % 100:
            shared.done[index] = number
            shared.told(shared.done)

    recording = shared.recording
    if job.writes:
        writer = MessageWriter(job.settings, recording.topics.robot, outcome.messages)
        outcome.played = play(recording, job.settings, job.spans, count, writer.take)
    else:
        outcome.played = play(recording, job.settings, job.spans, count)
    return outcome
