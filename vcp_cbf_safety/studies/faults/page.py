"""The report of injected faults: one page with verdicts, and pictures of the bad ones."""

from collections.abc import Mapping
from pathlib import Path

from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.verdict import Verdict
from vcp_cbf_safety.studies.page import embedded, write_page

_CONTENT = """\
<p><span class="large {{ 'bad' if bad else 'good' }}">{{ good }} of {{ rows | length }}</span>
faults, injected while the robot drives at full speed, were answered as expected.</p>
<div class="wide"><table><tr><th>fault</th><th class="text">expected</th>
<th class="text">observed</th><th>reaction [periods]</th><th>collisions</th><th>nearest [m]</th>
<th class="text">verdict</th></tr>
{% for name, fault, verdict in rows %}<tr><td>{{ fault.title }} ({{ name }})</td>
<td class="text">{{ fault.expected.reaction }}</td><td class="text">{{ verdict.observed }}</td>
<td>{% if verdict.reaction_periods is not none %}{{ '%.1f' % verdict.reaction_periods }}{% endif %}
</td><td>{{ verdict.contacts | length }}</td><td>{{ '%.3f' % verdict.worst_clearance }}</td>
<td class="text {{ 'good' if verdict.good else 'bad' }}">{{ 'good' if verdict.good else 'bad: ' ~
verdict.wrong | join('; ') }}</td></tr>
{% endfor %}</table></div>
{% if pictures %}<h2>What went wrong</h2><div class="moments">{% for name, picture in pictures %}
<figure><img alt="{{ name }}" src="{{ picture }}"><figcaption>{{ name }}</figcaption></figure>
{% endfor %}</div>{% endif %}
"""


def write_faults(
    path: Path, verdicts: Mapping[str, Verdict], pictures: Mapping[str, Path]
) -> None:
    """Write the page.

    Args:
        path: file to write.
        verdicts: by name of the fault.
        pictures: PNG files of bad ones, by name.
    """
    good = sum(verdict.good for verdict in verdicts.values())
    write_page(
        path,
        'The safety filter under faults',
        _CONTENT,
        good=good,
        bad=len(verdicts) - good,
        rows=[(name, FAULTS[name], verdict) for name, verdict in verdicts.items()],
        pictures=[(name, embedded(each.read_bytes())) for name, each in pictures.items()],
    )
