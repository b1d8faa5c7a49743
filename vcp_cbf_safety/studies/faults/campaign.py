"""Runs faults one after the other, with a progress bar."""

from collections.abc import Sequence
from pathlib import Path

from vcp_cbf_safety.studies.demo.fleet import FleetError
from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.figure import draw
from vcp_cbf_safety.studies.faults.run import run_fault
from vcp_cbf_safety.studies.faults.verdict import Verdict, failed, judge
from vcp_cbf_safety.studies.interruption import Interruption


def picture_of(name: str, out: Path) -> Path:
    """Where the picture of a bad run is."""
    return out / f'{name}.png'


def run_campaign(
    names: Sequence[str], out: Path, interruption: Interruption
) -> dict[str, Verdict]:
    """Inject faults by name.

    Args:
        names: names in `FAULTS`.
        out: folder of the results; the logs go to its subfolder log, a picture of each bad run
            beside that.
        interruption: a Ctrl-C shows here.

    Returns:
        Verdict of each; a run that could not be carried out is a bad one.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeElapsedColumn as Elapsed

    verdicts: dict[str, Verdict] = {}
    columns = (
        TextColumn('{task.description:<36}'), BarColumn(), MofNCompleteColumn(), Elapsed(),
    )  # fmt: skip
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task('', total=len(names))
        for name in names:

            def show(phase: str, name: str = name) -> None:
                progress.update(task, description=f'{name}: {phase}')

            recording = None
            picture_of(name, out).unlink(missing_ok=True)
            try:
                recording = run_fault(FAULTS[name], out / 'log' / name, interruption, show)
                verdicts[name] = judge(FAULTS[name], recording)
            except FleetError as error:
                verdicts[name] = failed(str(error))
            progress.advance(task)
            if not verdicts[name].good:
                if recording is not None:
                    draw(picture_of(name, out), recording)
                progress.console.print(f'{name}: {"; ".join(verdicts[name].wrong)}')
    return verdicts
