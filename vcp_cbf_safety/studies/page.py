"""Pages that hold everything they show, and open without a network: what all of them share."""

import base64
from pathlib import Path
from typing import Any

from jinja2 import DictLoader, Environment

_BASE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }}</title>
<style>
body { font: 16px/1.5 system-ui, sans-serif; color: #1c1c22; background: #fff; margin: 0 auto;
  max-width: 70rem; padding: 1rem; }
h1 { font-size: 1.5rem; line-height: 1.25; overflow-wrap: anywhere; }
h2 { font-size: 1.15rem; margin-top: 2rem; }
p, li { overflow-wrap: anywhere; }
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
.good { color: #00704f; font-weight: 600; }
.bad { color: #b5122e; font-weight: 600; }
</style>
</head>
<body>
<h1>{{ title }}</h1>
{% block content %}{% endblock %}
</body>
</html>
"""


def write_page(path: Path, title: str, content: str, **values: Any) -> None:
    """Write a page.

    Args:
        path: file to write.
        title: its headline.
        content: Jinja template of what stands below.
        values: what the template names.
    """
    page = "{% extends 'base' %}{% block content %}" + content + '{% endblock %}'
    environment = Environment(
        autoescape=True, trim_blocks=True, loader=DictLoader({'base': _BASE, 'page': page})
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    text = environment.get_template('page').render(title=title, **values)
    path.write_text(text, encoding='utf-8')


def embedded(picture: bytes) -> str:
    """A PNG as the source of an image."""
    return f'data:image/png;base64,{base64.b64encode(picture).decode()}'
