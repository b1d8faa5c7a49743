"""Run all benchmarks of docs/benchmarks.md that can run here; what `make bench` does.

    python -m benchmarks              # figures, pictures and tables of docs/benchmarks.md anew
    python -m benchmarks --quick      # a minute; to out/benchmarks, the document stays

Each benchmark runs in a process of its own, one after the other.
"""

import argparse
import importlib.util
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from rich.console import Console

from benchmarks.figures import draw_node, draw_steps
from benchmarks.report import WIDTH, conditions, fill, node_table, step_tables

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / 'docs' / 'benchmarks.md'

# What each is called with, at length and quickly.
STEP = (('--cycles', '200', '--limit', '5'), ('--cycles', '30', '--limit', '0.7'))
NODE = (('--seconds', '5'), ('--seconds', '1'))

PICTURES = {
    'step': 'Time of a step against the number of circles, by who solves the program',
    'node': 'Time from nominal to safe command through the filter node, and through a relay',
}


def measure(name: str, arguments: tuple[str, ...], needs: str = '') -> dict[str, Any]:
    """What a benchmark of this folder wrote, or why it is left out: {'left_out': reason}."""
    if needs and importlib.util.find_spec(needs) is None:
        return {'left_out': f'{needs} is not installed'}
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f'{name}.json'
        command = [sys.executable, '-m', f'benchmarks.{name}', *arguments, '--json', str(file)]
        code = subprocess.run(command, cwd=ROOT, check=False).returncode
        if code or not file.exists():
            call = ' '.join(('python -m', *command[2:-1], 'FILE'))
            return {'left_out': f'`{call}` ended with {code}'}
        report: dict[str, Any] = json.loads(file.read_text(encoding='utf-8'))
    return report


def write(report: dict[str, Any], folder: Path) -> dict[str, str]:
    """Write figures and pictures to a folder; what belongs between the markers of the page."""
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(report, indent=1) + '\n'
    (folder / 'results.json').write_text(text, encoding='utf-8')
    texts = {}
    for name, draw in (('step', draw_steps), ('node', draw_node)):
        part = report[name]
        if 'left_out' in part:
            (folder / f'{name}.png').unlink(missing_ok=True)
            texts[name] = f'Left out: {part["left_out"]}.'
            continue
        draw(part, folder / f'{name}.png')
        texts[name] = f'![{PICTURES[name]}]({folder.name}/{name}.png)\n\n{_in_words(name, part)}'
    return texts


def _in_words(name: str, part: dict[str, Any]) -> str:
    if name == 'node':
        return node_table(part).markdown()
    first, second, *scenes = (table.markdown() for table in step_tables(part))
    hidden = '\n\n'.join(('<details><summary>Every scene</summary>', *scenes, '</details>'))
    return '\n\n'.join((conditions(part), first, second, hidden))


def main(args: list[str] | None = None) -> int:
    """Measure, write and print; 1 if the filter step could not be timed."""
    parser = argparse.ArgumentParser(prog='python -m benchmarks', description=__doc__)
    parser.add_argument('--quick', action='store_true', help='a minute, document untouched')
    parser.add_argument('--out', type=Path, help='folder for figures and pictures')
    options = parser.parse_args(args)
    page_folder = PAGE.with_suffix('')
    folder = options.out or (ROOT / 'out' / 'benchmarks' if options.quick else page_folder)
    started = time.monotonic()
    report: dict[str, Any] = {
        'date': time.strftime('%Y-%m-%d'),
        'step': measure('step', STEP[options.quick]),
        'node': measure('node', NODE[options.quick], 'rclpy'),
    }
    texts = write(report, folder)
    console = Console(width=WIDTH)
    if 'left_out' not in report['node']:
        console.print(node_table(report['node']).rich())
    if folder == page_folder:
        for name, text in texts.items():
            fill(PAGE, name, text)
        console.print(f'{PAGE.relative_to(ROOT)} has the new figures.')
    for name in texts:
        if 'left_out' in report[name]:
            console.print(f'{name} is left out: {report[name]["left_out"]}', markup=False)
    console.print(f'Written to {folder}; {time.monotonic() - started:.0f} s in all.', markup=False)
    return int('left_out' in report['step'])


if __name__ == '__main__':
    sys.exit(main())
