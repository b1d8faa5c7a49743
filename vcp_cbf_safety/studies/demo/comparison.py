"""One scenario without and with filters: two runs, a table, a JSON file and a picture."""

from pathlib import Path

from vcp_cbf_safety.studies.console import progress_bar, run_table, show, write_json
from vcp_cbf_safety.studies.demo.figure import draw_runs
from vcp_cbf_safety.studies.demo.fleet import run_scenario
from vcp_cbf_safety.studies.demo.record import RunRecord, figures
from vcp_cbf_safety.studies.demo.scenario import Scenario
from vcp_cbf_safety.studies.interruption import Interruption
from vcp_cbf_safety.studies.replay.report import replay

_RUNS = {'unfiltered': 'without safety filter', 'filtered': 'with safety filter'}


def compare(
    scenario: Scenario,
    *,
    name: str,
    title: str,
    duration: float,
    out: Path,
    interruption: Interruption,
    tall: bool = False,
) -> int:
    """Run a scenario twice and report.

    Args:
        scenario: what to run.
        name: of the result files, e.g. `demo` for out/demo.json and out/demo.png.
        title: of the table.
        duration: longest time of each run [s].
        out: folder of the results.
        interruption: a Ctrl-C shows here.
        tall: whether the picture is of a world that is higher than wide.

    Returns:
        Exit code: 1 when a filtered robot collided, else 0.
    """
    runs: dict[str, RunRecord] = {}
    recording = out / f'{name}.mcap'
    recording.unlink(missing_ok=True)
    for key, label in _RUNS.items():
        with progress_bar(label, duration) as update:

            def progress(elapsed: float, arrived: int, update=update) -> None:  # type: ignore[no-untyped-def]
                update(elapsed, f'{arrived} of {len(scenario.robots)} arrived')

            runs[key] = run_scenario(
                scenario,
                filtered=key == 'filtered',
                duration=duration,
                log_dir=out / 'log' / key,
                progress=progress,
                interruption=interruption,
                recording=recording if key == 'filtered' else None,
            )
    results = {key: figures(run) for key, run in runs.items()}
    write_json(out / f'{name}.json', results)
    show(run_table(title, {_RUNS[key]: result for key, result in results.items()}))
    picture = out / f'{name}.png'
    draw_runs(
        scenario, {_RUNS[key].capitalize(): run for key, run in runs.items()}, picture, tall=tall
    )
    print(f'{picture} shows both runs, {out / f"{name}.json"} has the figures')
    if recording.exists():
        report = out / 'replay' / 'replay.html'
        replay(recording, out / 'replay')
        print(f'{recording} has what was sent and heard, {report} its replay')
    return 1 if runs['filtered'].collisions else 0
