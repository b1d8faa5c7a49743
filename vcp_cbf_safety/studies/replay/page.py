"""One page about a replay that holds everything it shows, and opens without a network."""

import base64
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jinja2 import Environment

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.studies.replay.shadow import ShadowCycle

_TEMPLATE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}: what the safety filter would have done</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1c22; background: #fff; margin: 0 auto;
  max-width: 70rem; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
img { display: block; max-width: 100%; height: auto; }
figure { margin: 0; }
.large { font-size: 2.2rem; font-weight: 600; }
.wide { overflow-x: auto; }
.wide .large-picture { min-width: 40rem; }
.moments { display: grid; gap: 1rem;
  grid-template-columns: repeat(auto-fill, minmax(15rem, 1fr)); }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { border-bottom: 1px solid #d8d8e0; padding: .25rem .7rem; text-align: right; }
th:first-child, td:first-child, .text { text-align: left; }
</style>
</head>
<body>
<h1>What the safety filter would have done in {{ title }}</h1>
<p><span class="large">{{ '%.1f' % (100 * summary.untouched) }} %</span> of {{ summary.cycles }}
cycles would have passed unchanged, in {{ '%.0f' % seconds }} s. The filter would have acted
{{ summary.interventions | length }} times. The recorded robot did not obey it.</p>
{% if notes %}<ul>{% for note in notes %}<li>{{ note }}</li>{% endfor %}</ul>{% endif %}
<h2>Outcomes over time</h2>
<div class="wide"><img class="large-picture" src="{{ timeline }}"
  alt="Outcome of every cycle, smallest barrier, nominal and safe speed over time"></div>
<h2>Where</h2>
<div class="wide"><img class="large-picture" src="{{ overview }}"
  alt="Path of the robot over what it saw, with the places of interventions"></div>
<h2>Interventions</h2>
{% if summary.interventions %}<div class="wide"><table>
<tr><th>from [s]</th><th>to [s]</th><th>slower by [m/s]</th><th>free [m]</th>
<th>needed to stop [m]</th><th class="text">because of</th><th class="text">reason</th></tr>
{% for each in summary.interventions %}<tr><td>{{ '%.2f' % each.begin_s }}</td>
<td>{{ '%.2f' % each.end_s }}</td><td>{{ '%.2f' % each.strongest_m_s }}</td>
<td>{{ '%.2f' % each.free_m }}</td><td>{{ '%.2f' % each.stopping_m }}</td>
<td class="text">{{ each.binding or '' }}</td><td class="text">{{ each.reason }}</td></tr>
{% endfor %}</table></div>{% else %}<p>None.</p>{% endif %}
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
</body>
</html>
"""


def write_page(
    path: Path,
    title: str,
    summary: Mapping[str, Any],
    cycles: Sequence[ShadowCycle],
    pictures: Mapping[str, bytes],
    moments: Sequence[tuple[str, bytes]],
    notes: Sequence[str],
    sweeps: Sequence[Mapping[str, Any]],
) -> None:
    """Write the page.

    Args:
        path: file to write.
        title: name of the bag.
        summary: of `summary_of`.
        cycles: all of them.
        pictures: PNG `timeline` and `overview`.
        moments: caption and PNG of each.
        notes: what was guessed, or is wrong.
        sweeps: what came out with each variant.
    """
    units = {name: quantity.unit for name, quantity in FilterConfig.quantities().items()}
    steps = 1e3 * np.array([cycle.command.timing.total for cycle in cycles])
    text = (
        Environment(autoescape=True, trim_blocks=True)
        .from_string(_TEMPLATE)
        .render(
            title=title,
            summary=summary,
            seconds=cycles[-1].time - cycles[0].time,
            notes=notes,
            timeline=_embedded(pictures['timeline']),
            overview=_embedded(pictures['overview']),
            moments=[{'caption': c, 'picture': _embedded(picture)} for c, picture in moments],
            sweeps=sweeps,
            timing=np.percentile(steps, (50, 99, 100)).tolist(),
            parameters=[
                (name, value, units[name]) for name, value in summary['parameters'].items()
            ],
        )
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding='utf-8')


def _embedded(picture: bytes) -> str:
    return f'data:image/png;base64,{base64.b64encode(picture).decode()}'
