"""What others do in the same scenes, and who can take part in which."""

import json

import pytest

pytest.importorskip('matplotlib')
pytest.importorskip('rich')

from vcp_cbf_safety import Arena, Circle, Hazards, Peer, RobotState, Twist2D
from vcp_cbf_safety.command import Outcome
from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.motion.stopping_trajectory import stopping_distance
from vcp_cbf_safety.studies.baselines.__main__ import main
from vcp_cbf_safety.studies.baselines.play_scene import CENTRAL, OURS, RIVALS, fits, play_scene
from vcp_cbf_safety.studies.baselines.rivals import CentralCertificate, StopZone
from vcp_cbf_safety.studies.demo.scene import read_scene, scene_names, scene_path

CONFIG = FilterConfig(
    body_radius=0.2, vcp_offset=0.1, period=0.02, min_speed=-0.2, max_speed=0.6, max_yaw_rate=2.0
)
AT_POST = (
    'title: at a post\nduration: 6\nobstacles: [[1.5, 0.0, 0.2]]\narena: [-1.0, -1.0, 3.0, 1.0]\n'
    'robots: [{start: [0.0, 0.0, 0.0], goal: [2.5, 0.0]}]\n'
)


@pytest.fixture
def at_post(tmp_path):
    path = tmp_path / 'post.yaml'
    path.write_text(AT_POST)
    return path


def zone(hazards):
    """Outcome and speed of what is told to drive at 0.5 m/s from the origin."""
    robot = RobotState(0.0, 0.0, 0.0, 0.5, 0.0)
    command = StopZone(CONFIG).step(Twist2D(0.5, 0.3), robot, hazards, 0.02, None)
    return command.outcome, command.v


def test_a_stop_zone_passes_slows_and_stops_whatever_is_near():
    assert zone(Hazards()) == (Outcome.NOMINAL, 0.5)
    stop = 0.26 + stopping_distance(CONFIG, 0.24)
    slow = 0.26 + stopping_distance(CONFIG, 0.6)
    for away, speed in ((stop - 0.01, 0.0), (stop + 0.01, 0.2), (slow - 0.01, 0.2),
                        (slow + 0.01, 0.5)):  # fmt: skip
        assert zone(Hazards(circles=[Circle(away + 0.1, 0.0, 0.1)]))[1] == pytest.approx(speed)
        assert zone(Hazards(circles=[Circle(-away - 0.1, 0.0, 0.1)]))[1] == pytest.approx(speed)
        assert zone(Hazards(peers=[Peer(0.0, away + 0.1, 0.0, 0.0, 0.0, 0.1)]))[1] == (
            pytest.approx(speed)
        )
        assert zone(Hazards(arena=Arena(-9.0, -9.0, away, 9.0)))[1] == pytest.approx(speed)


def test_without_a_filter_a_robot_drives_into_a_post_and_with_zones_it_stands(at_post):
    scene = read_scene(at_post)
    through, _ = play_scene(scene, 'no filter', 0)
    assert (through.at_fault, through.suffered, through.interventions) == (1, 0, 0)
    assert through.nearest < 0.0
    stands, _ = play_scene(scene, 'stop zones', 0)
    assert (stands.at_fault, stands.arrived, stands.interventions) == (0, 0, 1)
    assert stands.nearest > 0.0


def test_the_filter_brings_two_robots_across_each_other():
    result, _ = play_scene(read_scene(scene_path('crossing'), 2), OURS, 0)
    assert (result.at_fault, result.suffered, result.arrived, result.stuck) == (0, 0, 2, 0)
    assert result.time < 30.0
    assert result.step_ms > 0.0


def test_the_same_seed_is_the_same_run(at_post):
    scene = read_scene(at_post)
    first, second = (play_scene(scene, 'VCP rows only', 3)[1].robots[0].path for _ in range(2))
    assert first == second


def test_the_certificate_keeps_robots_apart_that_drive_at_each_other():
    pytest.importorskip('rps', reason='the extra baselines is not installed')
    slow = FilterConfig(
        body_radius=0.055, vcp_offset=0.03, period=0.02, min_speed=-0.2, max_speed=0.2,
        max_yaw_rate=3.0,
    )  # fmt: skip
    central = CentralCertificate(slow, 2)
    poses = (RobotState(-0.1, 0.0, 0.0, 0.2, 0.0), RobotState(0.1, 0.0, 3.14159, 0.2, 0.0))
    for _ in range(2):
        answers = [
            central.of(index).step(Twist2D(0.2, 0.0), pose, Hazards(), 0.02, None)
            for index, pose in enumerate(poses)
        ]
    assert all(each.v < 0.1 for each in answers)


def test_who_takes_part_where():
    for name in scene_names():
        scene = read_scene(scene_path(name))
        if name in ('door', 'scan'):
            assert not any(fits(scene, rival) for rival in RIVALS)
        else:
            assert fits(scene, OURS)
            assert fits(scene, CENTRAL) == (name == 'ellipse')


def test_the_command_prints_a_table_and_writes_figures_and_pictures(at_post, tmp_path, capsys):
    assert main(['--scenes', str(at_post), '--out', str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert 'The same scenes with others' in out
    runs = json.loads((tmp_path / 'baselines.json').read_text())['runs']
    assert [each['rival'] for each in runs] == [rival for rival in RIVALS if rival != CENTRAL]
    assert (tmp_path / 'baselines-post-1.png').is_file()


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        (['--scenes', 'none'], "there is no scene 'none'"),
        (['--scenes', 'swap', '--robots', '1'], 'must be 2 to 100'),
        (['--scenes', 'door'], 'door: none of them can play it'),
    ],
)
def test_what_cannot_be_played_is_one_sentence(arguments, words, capsys):
    assert main(arguments) == 2
    assert words in capsys.readouterr().err
