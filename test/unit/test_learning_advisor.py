"""NetworkAdvisor: in numpy the numbers of the network in torch, and fit for the control cycle."""

import math
from dataclasses import replace

import numpy as np
import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety import (  # noqa: E402
    Arena,
    Circle,
    ConfigurationError,
    FilterConfig,
    Hazards,
    Peer,
    RobotState,
    SafetyFilter,
    Twist2D,
)
from vcp_cbf_safety.command import ADVICE_USED  # noqa: E402
from vcp_cbf_safety.hazards.scene import scene_of  # noqa: E402
from vcp_cbf_safety.learning.advisor import NetworkAdvisor  # noqa: E402
from vcp_cbf_safety.learning.barriernet import BarrierNet, BarrierNetConfig  # noqa: E402
from vcp_cbf_safety.learning.observation import observe  # noqa: E402
from vcp_cbf_safety.learning.scenes import scenes_of  # noqa: E402
from vcp_cbf_safety.qp.assembly import total_inflation  # noqa: E402

CONFIG = FilterConfig(
    body_radius=0.17,
    vcp_offset=0.1,
    period=0.05,
    min_speed=-0.2,
    max_speed=0.8,
    max_yaw_rate=1.9,
)


def network(seed: int = 3, scale: float = 0.1, **changes) -> BarrierNet:
    """A network that says something."""
    torch.manual_seed(seed)
    net = BarrierNet(BarrierNetConfig(**changes))
    for parameter in net.parameters():
        parameter.data += scale * torch.randn_like(parameter)
    return net


def situation(rng: np.random.Generator) -> tuple[Twist2D, RobotState, Hazards]:
    """A robot among up to twelve hazards, with or without walls, at times inside one of them."""
    circles = [
        Circle(*rng.uniform(-3.0, 3.0, 2).tolist(), float(rng.uniform(0.0, 3.0)), vx, vx)
        for vx in rng.choice((0.0, 0.3), rng.integers(0, 7)).tolist()
    ]
    peers = [
        Peer(*rng.uniform(-3.0, 3.0, 3).tolist(), float(rng.uniform(-3.0, 3.0)), 0.3, 0.2)
        for _ in range(rng.integers(0, 7))
    ]
    arena = Arena(-4.0, -3.0, 4.0, 5.0) if rng.random() < 0.5 else None
    robot = RobotState(*rng.uniform(-3.0, 3.0, 3).tolist(), *rng.uniform(-2.0, 2.0, 2).tolist())
    return Twist2D(*rng.uniform(-2.0, 2.0, 2).tolist()), robot, Hazards(arena, circles, peers)


def torch_advice(net: BarrierNet, nominal, robot, hazards) -> list[float]:
    """Correction from `observe` and `BarrierNet.forward`."""

    def row(*numbers: float) -> torch.Tensor:
        return torch.tensor([numbers], dtype=torch.float64)

    observation = observe(
        row(robot.x, robot.y, robot.heading, robot.speed, robot.yaw_rate),
        scenes_of([hazards]),
        row(nominal.v, nominal.omega),
        row(CONFIG.max_speed, CONFIG.min_speed, CONFIG.max_yaw_rate),
        total_inflation(CONFIG),
        net.config.nearest,
    )
    return net(observation).detach()[0].tolist()


@pytest.mark.parametrize('nearest', [1, 3, 8])
def test_it_says_in_numpy_what_the_network_says_in_torch(nearest):
    net = network(nearest=nearest)
    advisor = NetworkAdvisor(net, CONFIG)
    net, rng = net.double(), np.random.default_rng(nearest)
    said = set()
    for _ in range(200):
        nominal, robot, hazards = situation(rng)
        advice = advisor.advise(nominal, robot, scene_of(hazards))
        expected = torch_advice(net, nominal, robot, hazards)
        assert (advice.v, advice.omega) == pytest.approx(expected, abs=1e-9)
        said.add(round(advice.v, 3))
    assert len(said) > 50  # the network has not gone deaf


def test_alone_in_an_open_world_it_says_what_the_network_says():
    net = network()
    nominal, robot = Twist2D(0.3, -0.4), RobotState(1.0, 2.0, 0.5, 0.2, 0.1)
    advice = NetworkAdvisor(net, CONFIG).advise(nominal, robot, scene_of(Hazards()))
    expected = torch_advice(net.double(), nominal, robot, Hazards())
    assert (advice.v, advice.omega) == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize('bad', [math.nan, math.inf, -math.inf, 1e300])
@pytest.mark.parametrize('field', ['speed', 'v', 'radius', 'centre', 'velocity', 'x', 'heading'])
def test_bad_numbers_give_finite_advice_inside_the_intervals(field, bad):
    nominal, robot, hazards = situation(np.random.default_rng(1))
    scene = scene_of(hazards)
    if field == 'v':
        nominal = Twist2D(bad, 0.1)
    elif field in ('speed', 'x'):
        robot = RobotState(**{'x': 0.0, 'y': 0.0, 'heading': 0.0, field: bad})
    elif field == 'heading' and bad == 1e300:
        robot = RobotState(0.0, 0.0, bad)
    else:
        arrays = {'radius': scene.radii, 'centre': scene.centers, 'velocity': scene.velocities}
        arrays.get(field, scene.radii).reshape(-1)[0] = bad
    with np.errstate(all='ignore'):
        net = network()
        advice = NetworkAdvisor(net, CONFIG).advise(nominal, robot, scene)
    assert abs(advice.v) <= net.config.speed_correction * CONFIG.max_speed
    assert abs(advice.omega) <= net.config.yaw_rate_correction * CONFIG.max_yaw_rate


def test_no_finite_weights_are_large_enough_to_give_advice_that_is_no_number():
    net = network()
    for number, parameter in enumerate(net.parameters()):
        torch.manual_seed(number)
        parameter.data = 3e38 * torch.randn_like(parameter).sign()
    rng = np.random.default_rng(0)
    subject = SafetyFilter(CONFIG, advisor=NetworkAdvisor(net, CONFIG))
    for _ in range(20):
        assert subject.step(*situation(rng)).advice == ADVICE_USED


def test_training_the_model_further_does_not_reach_the_robot():
    net, cycle = network(), situation(np.random.default_rng(2))
    advisor = NetworkAdvisor(net, CONFIG)
    before = advisor.advise(*cycle[:2], scene_of(cycle[2]))
    for parameter in net.parameters():
        parameter.data.fill_(math.nan)
    assert advisor.advise(*cycle[:2], scene_of(cycle[2])) == before


def test_a_robot_with_a_long_body_gets_no_advice():
    config = replace(CONFIG, body_discs=((0.2, 0.0, 0.2), (-0.2, 0.0, 0.2)))
    with pytest.raises(ConfigurationError, match=r'^body_discs holds 2 discs of a long body'):
        NetworkAdvisor(network(), config)
    NetworkAdvisor(network(), replace(CONFIG, body_discs=((0.0, 0.0, 0.2),)))
