"""A picture of an episode shows whatever became of it."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip('matplotlib')

from vcp_cbf_safety.hazards.hazards import Circle
from vcp_cbf_safety.studies.campaign.figure import draw
from vcp_cbf_safety.studies.campaign.play import run_episode
from vcp_cbf_safety.studies.campaign.worlds import draw_episode


def test_goals_contacts_and_circles_that_move_are_drawn(tmp_path: Path) -> None:
    episode = replace(draw_episode(0, 0, {}, ('cooperating',)), duration=0.5)
    record = run_episode(replace(episode, circles=(Circle(1.0, 1.0, 0.2, vx=0.3),)))
    robot = record.robots[0]
    robot.contacts.append((0.1, 0.0, 0.0))
    draw(record, tmp_path / 'episode.png', 'a title')
    assert (tmp_path / 'episode.png').read_bytes().startswith(b'\x89PNG')
