"""BarrierNet: what it says stays in its intervals, whatever it sees."""

import math

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety.errors import ConfigurationError  # noqa: E402
from vcp_cbf_safety.learning.barriernet import (  # noqa: E402
    BarrierNet,
    BarrierNetConfig,
    corrected_command,
)
from vcp_cbf_safety.learning.crowd import crowd  # noqa: E402
from vcp_cbf_safety.learning.observation import Observation, observe  # noqa: E402

LIMITS = (0.6, -0.2, 1.9)


def seen(size: int = 16, discs: int = 6, nearest: int = 8) -> Observation:
    u_nom, states, hazards = crowd(size, discs, dtype=torch.float32)
    limits = torch.tensor(LIMITS).expand(size, 3)
    return observe(states, hazards, u_nom, limits, 0.2, nearest)


def network(**changes) -> BarrierNet:
    """A network whose heads say something."""
    torch.manual_seed(3)
    net = BarrierNet(BarrierNetConfig(**changes))
    for parameter in net.parameters():
        parameter.data += 0.3 * torch.randn_like(parameter)
    return net


class TestObservation:
    def test_the_nearest_hazard_comes_first(self):
        distance = seen().hazards[..., 0]
        assert (distance.diff(dim=1) >= 0.0).all()

    def test_a_hazard_straight_ahead_has_bearing_zero_and_closes_with_the_speed_of_both(self):
        from vcp_cbf_safety.learning.scenes import scenes

        hazards = scenes(
            torch.tensor([[[2.0, 1.0]]]),
            torch.tensor([[0.3]]),
            velocities=torch.tensor([[[0.1, -0.4]]]),
        )
        state = torch.tensor([[2.0, -1.0, math.pi / 2, 0.5, 0.0]])
        observation = observe(state, hazards, state[:, 3:], torch.tensor([LIMITS]), 0.2, 3)
        expected = torch.tensor([1.5, 0.0, 1.0, 0.9, -0.1, 0.3, 1.0])
        assert torch.allclose(observation.hazards[0, 0], expected, atol=1e-5)
        assert observation.mask.tolist() == [[True, False, False]]

    def test_turning_the_world_changes_nothing(self):
        from vcp_cbf_safety.learning.scenes import scenes

        u_nom, states, _ = crowd(5, 4)
        centers, velocities = torch.randn(2, 5, 4, 2, dtype=torch.float64).unbind(0)
        limits = torch.tensor(LIMITS, dtype=torch.float64).expand(5, 3)
        c, s = math.cos(1.0), math.sin(1.0)
        turn = torch.tensor([[c, s], [-s, c]], dtype=torch.float64)
        radii = torch.full((5, 4), 0.2, dtype=torch.float64)
        turned = torch.cat((states[:, :2] @ turn, states[:, 2:3] + 1.0, states[:, 3:]), 1)
        pair = [
            observe(state, scenes(x, radii, velocities=v), u_nom, limits, 0.2)
            for state, x, v in (
                (states, centers, velocities),
                (turned, centers @ turn, velocities @ turn),
            )
        ]
        assert torch.allclose(pair[0].hazards, pair[1].hazards)


class TestAdvice:
    def test_the_order_of_hazards_does_not_matter(self):
        net, first = network(), seen()
        order = torch.randperm(8)
        other = first._replace(hazards=first.hazards[:, order], mask=first.mask[:, order])
        assert torch.allclose(net(first), net(other), atol=1e-5)

    def test_what_is_masked_does_not_matter(self):
        net, first = network(), seen(discs=2)
        assert not first.mask.all()
        noise = torch.where(first.mask.unsqueeze(2), first.hazards, 3.0)
        assert torch.equal(net(first), net(first._replace(hazards=noise)))

    @pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, 1e30])
    @pytest.mark.parametrize('field', ['hazards', 'own', 'nominal'])
    def test_bad_numbers_give_finite_advice_inside_the_intervals(self, field, bad):
        net, first = network(), seen()
        values = getattr(first, field).clone()
        values.view(len(values), -1)[:, 0] = bad
        correction = net(first._replace(**{field: values}))
        most = torch.tensor((1.6 * LIMITS[0], 2.0 * LIMITS[2]))
        assert (correction.abs() <= most + 1e-5).all()

    def test_untrained_it_hardly_changes_anything(self):
        assert BarrierNet()(seen()).abs().max() < 0.1

    def test_a_corrected_command_stays_inside_the_limits_of_the_robot(self):
        observation = seen()
        command = corrected_command(observation, torch.full((16, 2), -9.0))
        assert torch.equal(command, torch.tensor([[-0.2, -1.9]]).expand(16, 2))

    def test_the_model_is_small(self):
        assert sum(p.numel() for p in BarrierNet().parameters()) < 50_000


class TestDistribution:
    def test_its_mean_is_the_advice_without_exploration(self):
        net, observation = network(), seen()
        normal = net.distribution(observation)
        assert torch.equal(net.squash(normal.mean, observation), net(observation))

    def test_the_spread_never_falls_below_its_floor(self):
        net = network()
        net.log_std.data.fill_(-9.0)
        assert torch.allclose(net.distribution(seen()).stddev, torch.tensor(math.exp(-2.0)))


@pytest.mark.parametrize(
    ('name', 'value'),
    [('nearest', 0), ('width', 2.5), ('speed_correction', 9.0), ('log_std_floor', 0.5)],
)
def test_an_illegal_configuration_is_refused_by_name(name, value):
    with pytest.raises(ConfigurationError, match=name):
        BarrierNetConfig(**{name: value})
