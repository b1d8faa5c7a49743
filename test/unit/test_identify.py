"""Bases of the simulator are found again from what they do; what is not there is not invented."""

import math
from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
import yaml
from identify_bench import bag_of, drive_of_base
from replay_bench import write

pytest.importorskip('scipy')
pytest.importorskip('matplotlib')
pytest.importorskip('rich')

from vcp_cbf_safety.configuration import FilterConfig
from vcp_cbf_safety.sim.base import TIME_STEP, BaseModel
from vcp_cbf_safety.studies.campaign.bases import random_base
from vcp_cbf_safety.studies.identify.__main__ import main, report
from vcp_cbf_safety.studies.identify.drive import Drive
from vcp_cbf_safety.studies.identify.fit import fit_response
from vcp_cbf_safety.studies.identify.pattern import command_at, drive_pattern, reach_of, seconds_of
from vcp_cbf_safety.studies.identify.response_model import NAMES
from vcp_cbf_safety.studies.identify.steadiness import command_rhythm, position_noise
from vcp_cbf_safety.studies.identify.stops import stops_of

BASE = BaseModel(
    min_speed=-0.5, max_speed=0.5, max_yaw_rate=1.5, acceleration=1.2, deceleration=0.7,
    yaw_acceleration=4.0, lag=0.12, delay=0.1, position_noise=0.002, heading_noise=0.002,
    speed_noise=0.005, yaw_rate_noise=0.01,
)  # fmt: skip


@pytest.mark.parametrize('seed', [1, 9])
def test_a_random_base_is_found_within_a_tenth(seed):
    model = random_base(np.random.default_rng(seed))
    model = replace(
        model, delay=TIME_STEP * round(model.delay / TIME_STEP), speed_noise=0.005,
        yaw_rate_noise=0.01,
    )  # fmt: skip
    fit = fit_response(drive_of_base(model, seed=seed))
    for name, value, seen in zip(NAMES, fit.values, fit.seen, strict=True):
        truth = getattr(model, name, 1.0)
        if seen:
            # Times to two steps of the simulator.
            least = 2.0 * TIME_STEP if name in ('delay', 'lag') else 0.0
            assert value == pytest.approx(truth, rel=0.1, abs=least), name
        elif name != 'gain' and name != 'yaw_gain':
            assert value < 1.1 * truth, name


@pytest.fixture(scope='module')
def measured():
    drive = drive_of_base(BASE, jitter=0.01, seed=4)
    return drive, fit_response(drive)


def test_a_base_that_brakes_worse_than_it_speeds_up_is_seen(measured):
    drive, fit = measured
    stops = stops_of(drive, fit)
    assert len(stops) == 10
    weakest = min(each.deceleration for each in stops)
    assert all(each.limited for each in stops)
    assert 0.9 * BASE.deceleration < weakest <= 1.02 * BASE.deceleration


def test_one_bad_stop_of_ten_is_the_one_that_counts(measured):
    drive, fit = measured
    told, motion = drive.commands, drive.motion.copy()
    stop = np.flatnonzero((told[1:, 1] == 0.0) & (told[:-1, 1] > 0.0))[2] + 1
    begin = told[stop, 0]
    rows = (motion[:, 0] > begin) & (motion[:, 0] < begin + 2.0)
    since = np.maximum(motion[rows, 0] - begin - BASE.delay, 0.0)
    motion[rows, 4] = np.maximum(0.5 - 0.4 * since, 0.0)
    slipped = Drive('slipped', told, motion)
    weakest = min(stops_of(slipped, fit), key=lambda each: each.deceleration)
    assert weakest.deceleration == pytest.approx(0.4, rel=0.1)
    assert weakest.time == pytest.approx(begin)


def test_noise_at_rest_and_lateness_of_commands_are_measured(measured):
    drive, _ = measured
    scatter = position_noise(drive)
    assert scatter.position == pytest.approx(BASE.position_noise, rel=0.1)
    assert scatter.rests >= 10
    rhythm = command_rhythm(drive)
    assert rhythm.period == pytest.approx(0.02)
    assert rhythm.jitter == pytest.approx(0.01, rel=0.1)


def test_limits_are_named_where_the_base_does_no_more_than_it_is_told(measured):
    _, fit = measured
    assert fit.ceilings.max_speed == pytest.approx(0.5, rel=0.02)
    assert fit.ceilings.min_speed == pytest.approx(-0.5, rel=0.02)
    assert fit.ceilings.max_yaw_rate == pytest.approx(1.5, rel=0.02)


def test_a_gain_is_found_and_no_limit_where_the_base_does_all_it_is_told():
    drive = drive_of_base(BASE, beyond=0.8)
    weak = Drive('weak', drive.commands / [1.0, 1.0, 0.95], drive.motion)
    fit = fit_response(weak)
    assert fit.values[NAMES.index('yaw_gain')] == pytest.approx(0.95, abs=0.01)
    assert fit.values[NAMES.index('gain')] == pytest.approx(1.0, abs=0.01)
    assert not any(math.isfinite(each) for each in fit.ceilings)


def test_an_interval_holds_the_truth_and_grows_with_the_noise(measured):
    _, fit = measured
    noisy = replace(BASE, speed_noise=0.05, yaw_rate_noise=0.1)
    loud = fit_response(drive_of_base(noisy, hold=1.0, seed=4))
    index = NAMES.index('acceleration')
    assert fit.low[index] - 0.03 < BASE.acceleration < fit.high[index] + 0.03
    assert loud.high[index] - loud.low[index] > 2.0 * (fit.high[index] - fit.low[index])


def test_the_yaml_can_be_pasted_and_the_picture_is_there(measured, tmp_path, capsys):
    drive, _ = measured
    assert report([drive], tmp_path) == 0
    out = capsys.readouterr().out
    parameters = yaml.safe_load(out)['/**']['ros__parameters']
    assert {
        'min_speed', 'max_speed', 'max_yaw_rate', 'max_acceleration', 'max_deceleration',
        'max_yaw_acceleration', 'actuation_delay', 'velocity_lag', 'position_uncertainty',
        'period_jitter',
    } <= set(parameters)  # fmt: skip
    FilterConfig(**{'body_radius': 0.2, 'vcp_offset': 0.1, 'period': 0.02} | parameters)
    assert parameters['max_deceleration'] <= 1.02 * BASE.deceleration
    assert (tmp_path / 'identify-simulated.png').stat().st_size > 10_000


def test_a_bag_is_read_and_what_it_lacks_is_said(tmp_path, capsys):
    drive = drive_of_base(BASE, beyond=0.8, hold=1.0)
    bag = bag_of(tmp_path / 'drive', Drive('drive', drive.commands[:700], drive.motion[:700]))
    assert main([str(bag), '--out', str(tmp_path)]) == 0
    out = capsys.readouterr().out
    assert 'command is taken from /cmd_vel' in out
    parameters = yaml.safe_load(out)['/**']['ros__parameters']
    assert parameters['actuation_delay'] == pytest.approx(BASE.delay, abs=0.01)
    assert parameters['velocity_lag'] == pytest.approx(BASE.lag, abs=0.015)
    assert '# 6 stops from near full speed; ten are better' in out
    assert 'max_yaw_rate' not in parameters
    assert 'max_yaw_acceleration' not in parameters


@pytest.mark.parametrize(
    ('arguments', 'words'),
    [
        ([], 'give a recording, or --live'),
        (['no/such/bag'], 'no/such/bag does not exist'),
        (['no/such/bag', '--live'], 'give a recording, or --live'),
    ],
)
def test_bad_arguments_end_with_one_sentence(arguments, words, capsys):
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert words in error
    assert len(error.splitlines()) == 1


def test_a_recording_in_which_nothing_is_told_is_refused(tmp_path, capsys):
    bag = write(tmp_path / 'bag', stop_at=0.0, until=9.0)
    assert main([str(bag), '--out', str(tmp_path)]) == 2
    assert 'hardly change' in capsys.readouterr().err


def test_nothing_is_driven_without_a_yes(monkeypatch, capsys):
    pytest.importorskip('rclpy')
    monkeypatch.setattr('builtins.input', lambda _: 'no')
    assert main(['--live', '--speed', '0.3']) == 2
    out = capsys.readouterr().out
    assert 'm of free floor' in out
    assert out.endswith('not driven\n')


@pytest.mark.parametrize('reverse', [0.0, 0.1, 0.3])
def test_the_pattern_has_ten_stops_from_full_speed_and_stays_in_its_room(reverse):
    steps = drive_pattern(0.3, reverse, 1.0, 1.0)
    stops = [before for before, after in pairwise(steps) if after.v == 0.0 != before.v]
    assert sum(abs(each.v) == 0.3 for each in stops) >= 10
    x, furthest, time = 0.0, 0.0, 0.0
    while (step := command_at(steps, time)) is not None:
        x, time = x + 0.01 * step.v, time + 0.01
        furthest = max(furthest, abs(x))
    assert furthest <= reach_of(steps)
    assert time == pytest.approx(seconds_of(steps), abs=0.02)
    assert all(step.v >= -reverse for step in steps)
