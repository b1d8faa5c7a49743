"""Shows a page in a real browser without a screen, and what that says of it."""

import re
import shutil
import subprocess
from typing import NamedTuple

BROWSER = shutil.which('chromium') or shutil.which('google-chrome')
WHY_NOT = 'no Chromium is installed (apt: chromium)'
WIDTHS = (1280, 390)

# A browser without a screen makes no window as narrow as a telephone.
_PROBE = """<script>onload = () => {
    document.documentElement.style.width = '{width}px';
    const edges = [...document.body.children].map(e => e.getBoundingClientRect().right);
    const sizes = [...document.querySelectorAll('body *')]
        .filter(e => e.textContent.trim()).map(e => parseFloat(getComputedStyle(e).fontSize));
    const broken = [...document.images].filter(e => !e.naturalWidth).length;
    const asked = performance.getEntriesByType('resource')
        .filter(e => !e.name.startsWith('data:')).length;
    const right = Math.ceil(Math.max(...edges));
    document.title = [right, Math.min(...sizes), broken, asked].join(' ');
};</script></body>"""


class Seen(NamedTuple):
    """What a browser says.

    Attributes:
        complaints: lines of its console.
        right: right edge of the widest part of the page [px].
        smallest: of its texts [px].
        broken: how many pictures it cannot show.
        asked: how many files it asked for beside the page.
    """

    complaints: list[str]
    right: int
    smallest: float
    broken: int
    asked: int


def shown(page, width, folder):
    """Look at the text of a page in a window of a width [px]; a folder for the browser's files."""
    file = folder / 'page.html'
    file.write_text(page.replace('</body>', _PROBE.replace('{width}', str(width))), 'utf-8')
    call = [
        BROWSER, '--headless', '--no-sandbox', '--disable-gpu', '--enable-logging=stderr',
        '--host-resolver-rules=MAP * ~NOTFOUND', f'--user-data-dir={folder}',
        f'--window-size={width},900', '--virtual-time-budget=5000', '--dump-dom', file.as_uri(),
    ]  # fmt: skip
    done = subprocess.run(call, capture_output=True, text=True, timeout=90, check=True)
    complaints = [line for line in done.stderr.splitlines() if 'CONSOLE' in line]
    title = re.search(r'<title>(\d+) ([\d.]+) (\d+) (\d+)</title>', done.stdout)
    assert title is not None
    return Seen(complaints, int(title[1]), float(title[2]), int(title[3]), int(title[4]))


def check(page, folder):
    """See that a page is in order in windows of all widths, and asks nobody for anything."""
    for width in WIDTHS:
        seen = shown(page, width, folder)
        assert seen.complaints == []
        assert seen.right <= width
        assert seen.smallest >= 12.0
        assert (seen.broken, seen.asked) == (0, 0)
