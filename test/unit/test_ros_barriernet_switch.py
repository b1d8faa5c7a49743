"""BarrierNetSwitch: advice in time, or the reason why there is none; it never raises by itself."""

import sys
from pathlib import Path

import pytest

from vcp_cbf_safety import ConfigurationError, Hazards, RobotState, SafetyFilter, Twist2D
from vcp_cbf_safety.command import ADVICE_USED
from vcp_cbf_safety.ros.barriernet import BarrierNetSwitch
from vcp_cbf_safety.ros.settings import NodeSettings
from vcp_cbf_safety.ros.watch import Log

ORIGIN = RobotState(0.0, 0.0, 0.0)


def settings(model: object = '', **more: object) -> NodeSettings:
    values = {
        'barriernet.enabled': True,
        'barriernet.model': str(model),
        'barriernet.budget_ms': 1000.0,
    } | {name.replace('__', '.'): value for name, value in more.items()}
    return NodeSettings.from_parameters(values)


class Bench:
    """A switch, its log, and the filter that it serves."""

    def __init__(self) -> None:
        self.infos: list[str] = []
        self.warnings: list[str] = []
        self.switch = BarrierNetSwitch(Log(self.infos.append, self.warnings.append))
        self.filter = SafetyFilter(settings().filter)

    def cycle(self, now: float = 0.0) -> tuple[str, tuple[str, ...]]:
        """One control cycle: the remark on advice, and the faults."""
        self.filter.advisor = self.switch.advisor
        command = self.filter.step(Twist2D(0.3, 0.1), ORIGIN, Hazards())
        return command.advice, self.switch.judge(command, now)


@pytest.fixture
def bench() -> Bench:
    return Bench()


@pytest.fixture
def model(tmp_path: Path) -> Path:
    pytest.importorskip('torch', reason='the extra `learning` is not installed')
    from vcp_cbf_safety.learning.barriernet import BarrierNet
    from vcp_cbf_safety.learning.model_file import save_model

    return save_model(tmp_path, BarrierNet(), {})


def test_it_is_off_and_without_fault_when_nobody_wants_it(bench):
    bench.switch.follow(settings('/nowhere', barriernet__enabled=False))
    assert bench.cycle() == ('', ())
    assert bench.switch.values()['barriernet'] == 'off: not enabled'
    assert not bench.warnings


def test_a_model_that_can_be_read_advises(bench, model):
    bench.switch.follow(settings(model))
    assert bench.cycle() == (ADVICE_USED, ())
    values = bench.switch.values()
    assert (values['barriernet'], values['barriernet_replaced']) == ('on', '0')
    assert float(values['barriernet_p50_ms']) > 0.0
    assert bench.infos == ['the BarrierNet is on']


def test_a_model_that_cannot_be_read_is_named_once(bench, tmp_path):
    pytest.importorskip('torch', reason='the extra `learning` is not installed')
    missing = tmp_path / 'none.safetensors'
    bench.switch.follow(settings(missing))
    sentence = f'the BarrierNet is off: {missing}.yaml cannot be read: No such file or directory'
    for _ in range(3):
        assert bench.cycle() == ('', (sentence,))
    assert bench.warnings == [sentence]
    assert bench.switch.values()['barriernet'].startswith(f'off: {missing}.yaml')


def test_without_torch_it_says_what_to_install(bench, monkeypatch):
    for name in list(sys.modules):
        if name.startswith('vcp_cbf_safety.learning.'):
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, 'torch', None)  # makes any import of it fail
    bench.switch.follow(settings())
    assert bench.cycle()[0] == ''
    (fault,) = bench.switch.faults
    assert 'torch cannot be imported; install the extra `learning`' in fault


class TestLateAnswers:
    @pytest.fixture(autouse=True)
    def too_short_a_budget(self, bench, model):
        bench.switch.follow(settings(model, barriernet__budget_ms=0.001))
        assert not bench.switch.faults

    def test_one_is_replaced_and_said(self, bench):
        remark, faults = bench.cycle()
        assert remark == 'the BarrierNet did not answer within barriernet.budget_ms (0.001 ms)'
        assert faults == (f'a cycle did without advice: {remark}',)

    def test_the_third_in_a_row_is_the_last(self, bench):
        remarks = [bench.cycle(0.02 * k)[0] for k in range(5)]
        assert [bool(remark) for remark in remarks] == [True, True, True, False, False]
        (fault,) = bench.switch.faults
        assert fault.endswith(
            '3 answers in a row did not come within barriernet.budget_ms (0.001 ms)'
        )
        assert bench.switch.values()['barriernet_replaced'] == '3'
        assert len(bench.warnings) == 2  # the first one that was replaced, and the end

    def test_another_budget_is_another_chance(self, bench, model):
        for _ in range(4):
            bench.cycle()
        bench.switch.follow(settings(model, barriernet__budget_ms=500.0), load=False)
        assert bench.cycle() == (ADVICE_USED, ())


class TestWhileActive:
    def test_it_can_be_switched_off_and_on_again(self, bench, model):
        on, off = settings(model), settings(model, barriernet__enabled=False)
        bench.switch.follow(on)
        bench.switch.check(off, on)
        bench.switch.follow(off, load=False)
        assert bench.cycle() == ('', ())
        bench.switch.check(on, off)
        bench.switch.follow(on, load=False)
        assert bench.cycle() == (ADVICE_USED, ())

    def test_a_model_that_is_not_loaded_is_refused(self, bench, model):
        on, other = settings(model), settings('/other')
        bench.switch.follow(on)
        with pytest.raises(ConfigurationError, match="'/other', which is not loaded, and loading"):
            bench.switch.check(other, on)

    def test_it_cannot_be_switched_on_before_a_model_was_loaded(self, bench, model):
        with pytest.raises(ConfigurationError, match='deactivate the filter first'):
            bench.switch.check(settings(model), settings(model, barriernet__enabled=False))

    def test_another_parameter_can_be_changed_although_the_model_could_not_be_read(self, bench):
        bench.switch.follow(settings('/nowhere'))
        before = bench.switch.faults
        bench.switch.check(settings('/nowhere', margin=0.1), settings('/nowhere'))
        bench.switch.follow(settings('/nowhere', margin=0.1), load=False)
        assert bench.switch.faults == before

    def test_limits_that_change_hold_for_advice_too(self, bench, model):
        bench.switch.follow(settings(model))
        slower = settings(model, max_speed=0.1)
        bench.filter.reconfigure(slower.filter)
        bench.switch.follow(slower, load=False)
        bench.filter.advisor = bench.switch.advisor
        command = bench.filter.step(Twist2D(0.1, 0.0), ORIGIN, Hazards())
        assert (command.advice, command.v <= 0.1) == (ADVICE_USED, True)
