"""The report of a replay: one file, nothing from elsewhere, readable on a telephone."""

import re
from itertools import pairwise

import pytest

pytest.importorskip('rosbags', reason='rosbags is not installed')
pytest.importorskip('jinja2', reason='jinja2 is not installed')

from browser import BROWSER, WHY_NOT, check, shown
from replay_bench import run, write

from vcp_cbf_safety.studies.replay.__main__ import main


@pytest.fixture(scope='module')
def replayed(tmp_path_factory):
    """Folder with the bag and its results, and the figures."""
    folder = tmp_path_factory.mktemp('replay')
    _, summary = run(folder, write(folder / 'bag & more', until=4.2), '--sweep', 'margin=0.0:0.4')
    return folder, summary


@pytest.fixture(scope='module')
def page(replayed):
    return (replayed[0] / 'out' / 'replay.html').read_text(encoding='utf-8')


def test_it_needs_nothing_from_elsewhere(page):
    sources = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    assert len(sources) > 4
    assert all(source.startswith('data:image/png;base64,') for source in sources)
    assert 'http' not in re.sub(r'base64,[^"]*', '', page)
    assert '<script' not in page


def test_it_says_what_the_figures_say(page, replayed):
    _, summary = replayed
    assert f'{100 * summary["untouched"]:.1f} %' in page
    assert 'bag &amp; more' in page
    for each in summary['interventions']:
        assert f'<td>{each["begin_s"]:.2f}</td>' in page
        assert each['binding'] in page
    for name, value in summary['parameters'].items():
        assert f'<td>{name}</td><td>{value:g}</td>' in page.replace('\n', '')


def test_the_closest_moments_are_apart_and_shown_in_their_order(page):
    times = [float(t) for t in re.findall(r'<figcaption>(\d+\.\d+) s', page)]
    assert len(times) > 1
    assert all(later - earlier >= 1.0 for earlier, later in pairwise(times))


def test_a_sweep_compares_values_from_end_to_end(replayed):
    sweeps = replayed[1]['sweeps']
    assert [each['value'] for each in sweeps] == [0.0, 0.1, 0.2, 0.3, 0.4]
    assert sweeps[0]['untouched'] > sweeps[-1]['untouched']


def test_figures_are_the_same_bytes_in_two_runs(replayed, tmp_path):
    folder, _ = replayed
    arguments = ('--set', 'body_radius=0.2', '--sweep', 'margin=0.0:0.4', '--out', str(tmp_path))
    assert main([str(folder / 'bag & more'), *arguments]) == 0
    first = (folder / 'out' / 'replay.json').read_bytes()
    assert (tmp_path / 'replay.json').read_bytes() == first


@pytest.mark.parametrize(
    ('sweep', 'words'),
    [
        ('margin', '--sweep margin: it must be NAME=FROM:TO'),
        ('margin=0.1', '--sweep margin=0.1: it must be NAME=FROM:TO'),
        ('margins=0:1', "there is no parameter 'margins'"),
        ('margin=0:-1', 'margin is -1.0 m; it must be between'),
        ('body_gain=1:9', 'their product must not exceed'),
    ],
)
def test_a_sweep_that_is_none_is_one_sentence(replayed, capsys, sweep, words):
    assert main([str(replayed[0] / 'bag & more'), '--sweep', sweep]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert said.count('\n') == 1


@pytest.mark.skipif(BROWSER is None, reason=WHY_NOT)
def test_a_browser_shows_it_without_complaint_and_no_wider_than_the_window(page, tmp_path):
    check(page, tmp_path)


@pytest.mark.skipif(BROWSER is None, reason=WHY_NOT)
def test_a_request_to_a_network_would_be_noticed(page, tmp_path):
    foreign = page.replace('<h1>', '<img src="http://example.org/x.png"><h1>', 1)
    seen = shown(foreign, 1280, tmp_path)
    assert (seen.broken, seen.asked) == (1, 1)
