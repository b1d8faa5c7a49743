"""The report of a replay: one page with everything in it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.studies.page import embedded, write_page
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

# More interventions than this nobody reads.
_MOST = 30

_CONTENT = """\
<p><span class="large">{{ '%.1f' % (100 * summary.untouched) }} %</span> of {{ summary.cycles }}
cycles would have passed unchanged, in {{ '%.0f' % seconds }} s. The filter would have acted
{{ summary.interventions | length }} time{{ 's' if summary.interventions | length != 1 }}.
The recorded robot did not obey it{{ ', but ' ~ summary.drove_by if summary.drove_by }}.</p>
{% if summary.nearest %}<p>Nearest: <b>{{ summary.nearest.hazard }}</b> at
{{ '%.2f' % summary.nearest.time_s }} s, {{ '%.3f' % summary.nearest.free_m }} m from the body,
smallest barrier {{ '%.3f' % summary.nearest.barrier_m }} m (what is left beyond all
margins).</p>{% endif %}
{% if notes %}<ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}
<h2>Outcomes over time</h2>
<div class="wide"><img class="large-picture" src="{{ timeline }}"
  alt="Outcome of every cycle, smallest barrier, nominal and safe speed over time"></div>
<h2>Where</h2>
<div class="wide"><img class="large-picture" src="{{ overview }}"
  alt="Path of the robot over what it saw, with the places of interventions"></div>
<h2>Interventions</h2>
{% if strongest | length < summary.interventions | length %}<p>The {{ strongest | length }}
strongest; replay.json has all.</p>{% endif %}
{% if summary.interventions %}<div class="wide"><table>
<tr><th>from [s]</th><th>to [s]</th><th>slower by [m/s]</th><th>free [m]</th>
<th>needed to stop [m]</th><th class="text">because of</th><th class="text">reason</th></tr>
{% for each in strongest %}<tr><td>{{ '%.2f' % each.begin_s }}</td>
<td>{{ '%.2f' % each.end_s }}</td><td>{{ '%.2f' % each.strongest_m_s }}</td>
<td>{% if each.free_m is not none %}{{ '%.2f' % each.free_m }}{% endif %}</td>
<td>{{ '%.2f' % each.stopping_m }}</td>
<td class="text">{{ each.binding or '' }}</td><td class="text">{{ each.reason }}</td></tr>
{% endfor %}</table></div>{% else %}<p>None.</p>{% endif %}
{% if advice %}<h2>For fewer interventions</h2>
<p>With one parameter changed, so many of the commands that were changed most would have passed.
What the base can do must be measured before it is changed here; a margin is a decision.</p>
<div class="wide"><table><tr><th>parameter</th><th>now</th><th>would have to be</th>
<th>commands that pass then</th></tr>
{% for each in advice %}<tr><td>{{ each.parameter }}</td><td>{{ '%g' % each.now }}</td>
<td>{{ '%g' % each.value }}</td><td>{{ '%.0f' % (100 * each.passing) }} %</td></tr>
{% endfor %}</table></div>
{% elif summary.interventions %}<h2>For fewer interventions</h2>
<p>No single parameter that was tried lets more of the changed commands pass.</p>{% endif %}
{% if moments %}<h2>Closest moments</h2>
<p>The smallest barriers: free distance beyond the body and all margins.</p>
<div class="moments">{% for moment in moments %}<figure><img alt="{{ moment.caption }}"
  src="{{ moment.picture }}"><figcaption>{{ moment.caption }}</figcaption></figure>
{% endfor %}</div>{% endif %}
{% if sweeps %}<h2>Other parameters</h2>
<div class="wide"><table><tr><th>parameter</th><th>value</th><th>unchanged</th>
<th>interventions</th><th>slower by at most [m/s]</th></tr>
{% for each in sweeps %}<tr><td>{{ each.parameter }}</td><td>{{ each.value }}</td>
<td>{{ '%.1f' % (100 * each.untouched) }} %</td><td>{{ each.interventions }}</td>
<td>{{ '%.2f' % each.strongest_m_s }}</td></tr>{% endfor %}</table></div>{% endif %}
<h2>Time of a step</h2>
<p>Median {{ '%.2f' % timing[0] }} ms, 99 of 100 within {{ '%.2f' % timing[1] }} ms, longest
{{ '%.2f' % timing[2] }} ms, on the computer that made this page.</p>
<h2>Parameters</h2>
<div class="wide"><table><tr><th>parameter</th><th>value</th><th class="text">unit</th></tr>
{% for each in parameters %}<tr><td>{{ each[0] }}</td><td>{{ '%g' % each[1] }}</td>
<td class="text">{{ each[2] }}</td></tr>{% endfor %}</table></div>
"""


def write_report(
    path: Path,
    title: str,
    summary: Mapping[str, Any],
    cycles: Sequence[ShadowCycle],
    pictures: Mapping[str, bytes],
    moments: Sequence[tuple[str, bytes]],
    notes: Sequence[str],
) -> None:
    """Write the page.

    Args:
        path: file to write.
        title: name of the bag.
        summary: of `summary_of`, with `advice` and, if there are any, `sweeps`.
        cycles: all of them.
        pictures: PNG `timeline` and `overview`.
        moments: caption and PNG of each.
        notes: what was guessed, or is wrong.
    """
    units = {name: quantity.unit for name, quantity in FilterConfig.quantities().items()}
    steps = 1e3 * np.array([cycle.command.timing.total for cycle in cycles])
    write_page(
        path,
        f'What the safety filter would have done in {title}',
        _CONTENT,
        summary=summary,
        seconds=cycles[-1].time - cycles[0].time,
        notes=notes,
        strongest=_strongest(summary['interventions']),
        advice=summary.get('advice', ()),
        timeline=embedded(pictures['timeline']),
        overview=embedded(pictures['overview']),
        moments=[{'caption': c, 'picture': embedded(picture)} for c, picture in moments],
        sweeps=summary.get('sweeps', ()),
        timing=np.percentile(steps, (50, 99, 100)).tolist(),
        parameters=[(name, value, units[name]) for name, value in summary['parameters'].items()],
    )


def _strongest(interventions: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Those that slowed down most, in their order."""
    found = sorted(interventions, key=lambda each: -each['strongest_m_s'])[:_MOST]
    return sorted(found, key=lambda each: each['begin_s'])
