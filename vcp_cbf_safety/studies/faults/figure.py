"""Picture of one run with a fault: what was commanded before, during and after it."""

from pathlib import Path

import matplotlib as mpl

from vcp_cbf_safety.colors import CONTACT, OUTCOME_COLORS
from vcp_cbf_safety.studies.faults.recording import Recording

mpl.use('Agg')
import matplotlib.pyplot as plt


def draw(path: Path, recording: Recording) -> None:
    """Write the commanded speed over time as PNG, with the time of the fault shaded."""
    figure, axes = plt.subplots(figsize=(6.0, 3.2), layout='constrained')
    begin = recording.injected or 0.0
    times = [each.wall - begin for each in recording.commands]
    axes.plot(times, [each.v for each in recording.commands], color=OUTCOME_COLORS['nominal'])
    if recording.ended is not None:
        axes.axvspan(0.0, recording.ended - begin, color=CONTACT, alpha=0.15)
    axes.set_xlabel('time since the fault [s]')
    axes.set_ylabel('commanded speed [m/s]')
    axes.grid(alpha=0.3)
    path.parent.mkdir(parents=True, exist_ok=True)
    figure.savefig(path, dpi=100)
    plt.close(figure)
