"""A filter with a BarrierNet: it advises, and whatever is wrong with it the robot drives on."""

import hashlib
import math

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

import yaml  # noqa: E402
from safetensors.torch import load_file, save_file  # noqa: E402

from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig  # noqa: E402
from vcp_cbf_safety.learning.model_file import save_model  # noqa: E402

# What the test model says before it is squashed, and how much slower than told [m/s] it drives
# with a highest speed of 1 m/s.
SAYS = -0.3
SLOWER = BarrierNetConfig().speed_correction * math.tanh(-SAYS)


@pytest.fixture
def model(tmp_path):
    """A model that always corrects by the same amount, straight ahead."""
    net = BarrierNet()
    net.head.weight.data.zero_()
    net.head.bias.data = torch.tensor([SAYS, 0.0])
    return save_model(tmp_path, net, {})


def start(filters, model, **more):
    """A filter with that model, and a rig around it that drives straight ahead."""
    # patient: other processes may well take the processor for longer than the default
    values = {
        'barriernet.enabled': True,
        'barriernet.model': str(model),
        'barriernet.budget_ms': 1000.0,
    }
    rig = filters.start(values | more)
    rig.nominal = (0.8, 0.0)
    return rig


def wait_for_diagnostics(rig, **wanted):
    """Wait until the newest diagnostics have these texts in these values."""

    def holds():
        return bool(rig.diagnostics) and all(
            text in rig.diagnostics[-1][key] for key, text in wanted.items()
        )

    rig.wait_for(holds)
    return rig.diagnostics[-1]


def expect_no_advice(filters, rig, reason):
    """The nominal command passes unchanged, and everybody is told why there is no advice."""
    rig.wait_for_nominal()
    rig.wait_for_state(outcome='nominal', faults=reason)
    shown = wait_for_diagnostics(rig, barriernet='off: ', message=reason)
    assert reason in shown['barriernet']
    assert reason in filters.processes.output(rig.namespace)
    # with the fixed gains it still is a filter
    rig.mark(0.6, 0.0, 0.2)
    rig.wait_for_state(outcome='filtered', binding='post/0')


def test_advice_is_followed_until_it_is_switched_off(filters, model):
    rig = start(filters, model)
    rig.wait_for_command(lambda v, omega: v == pytest.approx(0.8 - SLOWER, abs=1e-4))
    state = rig.wait_for_state(reason='corrected by the BarrierNet', binding='barriernet')
    assert (state['outcome'], state['faults']) == ('filtered', '')
    shown = wait_for_diagnostics(rig, barriernet='on', message='corrected by the BarrierNet')
    assert shown['barriernet_replaced'] == '0'
    assert float(shown['barriernet_p50_ms']) > 0.0

    other = rig.change(**{'barriernet.model': '/elsewhere.safetensors'})
    assert not other.successful
    assert "barriernet.model is '/elsewhere.safetensors', which is not loaded" in other.reason
    rig.wait_for_state(reason='corrected by the BarrierNet')

    assert rig.change(**{'barriernet.enabled': False}).successful
    rig.wait_for_nominal()
    wait_for_diagnostics(rig, barriernet='off: not enabled')
    assert rig.change(**{'barriernet.enabled': True}).successful
    rig.wait_for_state(reason='corrected by the BarrierNet')

    rig.nominal = (0.0, 0.0)
    rig.wait_for_zero()


def test_it_cannot_be_switched_on_while_driving_when_nothing_was_loaded(filters, model):
    rig = start(filters, model, **{'barriernet.enabled': False})
    rig.wait_for_nominal()
    answer = rig.change(**{'barriernet.enabled': True})
    assert not answer.successful
    assert 'deactivate the filter first' in answer.reason
    rig.wait_for_state(outcome='nominal')
    assert rig.states[-1]['faults'] == ''


def test_a_missing_file_leaves_commands_uncorrected(filters, tmp_path):
    rig = start(filters, tmp_path / 'none.safetensors')
    expect_no_advice(filters, rig, 'none.safetensors.yaml cannot be read')


def test_a_damaged_file_leaves_commands_uncorrected(filters, model):
    content = bytearray(model.read_bytes())
    content[-1] ^= 1
    model.write_bytes(content)
    expect_no_advice(filters, start(filters, model), 'its SHA-256 is another one')


def test_weights_that_are_no_numbers_leave_commands_uncorrected(filters, model):
    tensors = load_file(model)
    tensors['head.bias'].fill_(float('nan'))
    save_file(tensors, model)
    file = model.with_name(f'{model.name}.yaml')
    header = yaml.safe_load(file.read_text())
    header['sha256'] = hashlib.sha256(model.read_bytes()).hexdigest()
    file.write_text(yaml.safe_dump(header))
    reason = 'head.bias holds a number that is not finite'
    expect_no_advice(filters, start(filters, model), reason)


def test_answers_that_come_late_leave_commands_uncorrected(filters, model):
    rig = start(filters, model, **{'barriernet.budget_ms': 0.001})
    reason = '3 answers in a row did not come within barriernet.budget_ms (0.001 ms)'
    expect_no_advice(filters, rig, reason)
    assert rig.diagnostics[-1]['barriernet_replaced'] == '3'
    # not one of the late answers has reached the base
    assert {v for v, _ in rig.commands} & {0.8}
    assert not any(v == pytest.approx(0.8 - SLOWER, abs=1e-4) for v, _ in rig.commands)
