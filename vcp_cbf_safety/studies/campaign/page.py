"""The report of a campaign: one page with the table and pictures of what went wrong."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from vcp_cbf_safety.studies.page import embedded, write_page

_CONTENT = """\
<p><span class="large {{ 'bad' if driven else 'good' }}">{{ driven }}</span>
contact{{ 's' if driven != 1 }} that a filtered robot drove into, in {{ summary.episodes }}
episodes (seed {{ summary.seed }}), judged by ground truth.</p>
{% if summary.set or summary.ablated %}<p>{% for name, value in summary.set.items() %}{{ name }} =
{{ value }}. {% endfor %}{% if summary.ablated %}Without {{ summary.ablated | join(', ') }}.
{% endif %}</p>{% endif %}
<h2>Ground truth of filtered robots</h2>
<div class="wide"><table><tr>{% for column in columns %}<th>{{ column }}</th>{% endfor %}</tr>
{% for row in rows %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>
{% endfor %}</table></div>
<h2>What went wrong</h2>
{% if pictures %}<div class="moments">{% for picture in pictures %}<figure>
<img alt="{{ picture.name }}" src="{{ picture.source }}">
<figcaption>{{ picture.name }}</figcaption></figure>{% endfor %}</div>
{% else %}<p>Nothing of which there is a picture.</p>{% endif %}
"""


def write_campaign(
    path: Path,
    summary: Mapping[str, object],
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    pictures: Sequence[Path],
    driven: int,
) -> None:
    """Write the page.

    Args:
        path: file to write.
        summary: what the JSON file has.
        columns, rows: the table.
        pictures: PNG files of failures.
        driven: contacts that a filtered robot drove into.
    """
    write_page(
        path,
        'The safety filter in closed loop',
        _CONTENT,
        summary=summary,
        columns=columns,
        rows=rows,
        pictures=[
            {'name': each.stem.replace('-', ' '), 'source': embedded(each.read_bytes())}
            for each in pictures
        ],
        driven=driven,
    )
