"""Reports of campaigns and faults as pages: what they say, and in a browser."""

import re

import pytest

pytest.importorskip('rclpy', reason='the messages of ROS 2 are not installed')
pytest.importorskip('jinja2', reason='jinja2 is not installed')

from browser import BROWSER, WHY_NOT, check

from vcp_cbf_safety.studies.campaign.page import write_campaign
from vcp_cbf_safety.studies.faults import figure
from vcp_cbf_safety.studies.faults.catalogue import FAULTS
from vcp_cbf_safety.studies.faults.page import write_faults
from vcp_cbf_safety.studies.faults.recording import Recording
from vcp_cbf_safety.studies.faults.verdict import Verdict, failed
from vcp_cbf_safety.studies.published import PublishedCommand

GOOD = Verdict(1.5, 'it braked', (), 0.21, 0, ())
COLUMNS = tuple(f'a column of a long name {i}' for i in range(15))


@pytest.fixture
def picture(tmp_path):
    """A picture of a bad run."""
    commands = [PublishedCommand(10.0 + 0.1 * k, 0.1 * k, 0.0) for k in range(20)]
    figure.draw(tmp_path / 'bad-1.png', Recording(commands, injected=11.0, ended=11.5))
    return tmp_path / 'bad-1.png'


def faults_page(tmp_path, picture):
    names = [*FAULTS][:3]
    verdicts = {names[0]: GOOD, names[1]: GOOD, names[2]: failed('<it> did not start & died')}
    write_faults(tmp_path / 'faults.html', verdicts, {names[2]: picture})
    return (tmp_path / 'faults.html').read_text(encoding='utf-8')


def campaign_page(tmp_path, pictures, driven):
    summary = {'episodes': 70, 'seed': 3, 'set': {'margin': 0.03}, 'ablated': ['rollout']}
    rows = [(name, *(str(i) for i in range(14))) for name in ('all', 'clutter')]
    write_campaign(tmp_path / 'campaign.html', summary, COLUMNS, rows, pictures, driven)
    return (tmp_path / 'campaign.html').read_text(encoding='utf-8')


def outside(page):
    """Sources that are not in the page itself."""
    found = re.findall(r'(?:src|href)="([^"]{0,30})', page)
    return [each for each in found if not each.startswith('data:image/png;base64,')]


def test_a_page_of_faults_has_verdicts_and_pictures_of_the_bad_ones(tmp_path, picture):
    page = faults_page(tmp_path, picture)
    assert '>2 of 3</span>' in page
    assert 'bad: &lt;it&gt; did not start &amp; died' in page
    assert page.count('<img') == 1
    assert outside(page) == []


def test_a_page_of_a_campaign_has_its_table_and_pictures_of_failures(tmp_path, picture):
    page = campaign_page(tmp_path, [picture], 1)
    assert re.search(r'large bad">1</span>\s*contact that a filtered robot drove into', page)
    assert 'margin =\n0.03' in page
    assert page.count('<tr>') == 3
    assert page.count('<img') == 1
    assert outside(page) == []
    assert 'large good">0</span>' in campaign_page(tmp_path, [], 0)


@pytest.mark.skipif(BROWSER is None, reason=WHY_NOT)
def test_a_browser_shows_both_without_complaint(tmp_path, picture):
    check(faults_page(tmp_path, picture), tmp_path)
    check(campaign_page(tmp_path, [picture], 2), tmp_path)
