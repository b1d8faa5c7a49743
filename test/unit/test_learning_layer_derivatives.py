"""Derivatives of the layer against finite differences, and a network trained through it."""

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from torch import nn  # noqa: E402

from vcp_cbf_safety import FilterConfig  # noqa: E402
from vcp_cbf_safety.learning.crowd import crowd  # noqa: E402
from vcp_cbf_safety.learning.layer import DifferentiableVCPCBFQP, LayerStatus  # noqa: E402

LAYER = DifferentiableVCPCBFQP(
    FilterConfig(
        body_radius=0.15,
        vcp_offset=0.10,
        period=0.05,
        min_speed=-0.5,
        max_speed=1.0,
        max_yaw_rate=2.84,
    )
)
STEP = 1e-6
SIZE = 400


def arguments() -> dict[str, torch.Tensor]:
    """Leaves of the layer's inputs; the nominal speed stays clear of standing."""
    u_nom, states, hazards = crowd(SIZE, seed=3)
    u_nom[:, 0] += 0.05 * u_nom[:, 0].sign()
    gains = torch.linspace(0.3, 2.0, SIZE, dtype=torch.float64)
    return {
        'u_nom': u_nom,
        'states': states,
        'steering_gain': gains,
        'centers': hazards.centers,
        'radii': hazards.radii,
        # off zero, where the speed of a hazard towards the robot has a kink
        'velocities': hazards.velocities + 0.05,
    }


def answer(leaves: dict[str, torch.Tensor]):
    _, _, hazards = crowd(SIZE, seed=3)
    hazards = hazards._replace(**{k: leaves[k] for k in ('centers', 'radii', 'velocities')})
    return LAYER(leaves['u_nom'], leaves['states'], hazards, leaves['steering_gain'])


@pytest.mark.parametrize('name', list(arguments()))
def test_derivatives_match_central_differences(name: str) -> None:
    leaves = arguments()
    leaves[name].requires_grad_()
    direction = torch.randn(SIZE, 2, dtype=torch.float64, generator=torch.manual_seed(0))
    result = answer(leaves)
    settled = result.status <= LayerStatus.FILTERED
    (result.u_safe * direction)[settled].sum().backward()
    gradient = leaves[name].grad.reshape(SIZE, -1)
    leaves[name].requires_grad_(False)
    counts = set()
    for entry in range(gradient.shape[1]):
        sides = [_moved(leaves, name, entry, step) for step in (STEP, -STEP)]
        near = [_moved(leaves, name, entry, step) for step in (0.5 * STEP, -0.5 * STEP)]
        slope = ((sides[0] - sides[1]) * direction).sum(1) / (2.0 * STEP)
        finer = ((near[0] - near[1]) * direction).sum(1) / STEP
        smooth = settled & ((slope - finer).abs() < 1e-7)  # no tie in between
        assert smooth.sum() > 0.95 * settled.sum()
        torch.testing.assert_close(gradient[:, entry][smooth], slope[smooth], atol=1e-6, rtol=1e-6)
        counts |= set((result.active >= 0).sum(1)[smooth].tolist())
    assert counts == {0, 1, 2}


def _moved(leaves: dict[str, torch.Tensor], name: str, entry: int, step: float) -> torch.Tensor:
    moved = {**leaves, name: leaves[name].clone()}
    moved[name].view(SIZE, -1)[:, entry] += step
    return answer(moved).u_safe


def test_the_smallest_barrier_has_a_derivative_of_length_one() -> None:
    u_nom, states, hazards = crowd(50)
    states.requires_grad_()
    LAYER(u_nom, states, hazards).min_barrier.sum().backward()
    slope = states.grad[:, :2].norm(dim=1)
    torch.testing.assert_close(slope, torch.ones_like(slope))
    assert not states.grad[:, 2:].any()


@pytest.mark.parametrize('dtype', [torch.float32, torch.float64])
@pytest.mark.parametrize('discs', [0, 6, 40])
def test_derivatives_are_always_finite(dtype, discs: int) -> None:
    u_nom, states, hazards = crowd(200, discs, dtype=dtype)
    hazards.centers[:20] = states[:20, None, :2]  # at the very centre of discs
    leaves = [u_nom, states, torch.ones(200, dtype=dtype), *hazards[:2]]
    leaves = [leaf.requires_grad_() for leaf in leaves]
    hazards = hazards._replace(centers=leaves[3], radii=leaves[4])
    result = LAYER(u_nom, states, hazards, leaves[2])
    (result.u_safe.sum() + result.min_barrier.sum()).backward()
    assert all(leaf.grad is None or leaf.grad.isfinite().all() for leaf in leaves)


def test_a_network_learns_the_gain_of_a_gentler_filter_through_the_layer() -> None:
    torch.manual_seed(0)
    u_nom, states, hazards = crowd(1000, discs=4, seed=11)
    chosen = (LAYER(u_nom, states, hazards).status == LayerStatus.FILTERED).nonzero()[:128, 0]
    u_nom, states, hazards = u_nom[chosen], states[chosen], hazards.members(chosen)
    # the other filter is gentler where the robot is fast
    gentler = 0.4 + 0.6 * torch.sigmoid(1.0 - 4.0 * states[:, 3])
    wanted = LAYER(u_nom, states, hazards, gentler).u_safe
    network = nn.Sequential(nn.Linear(5, 32), nn.Tanh(), nn.Linear(32, 1)).double()
    optimizer = torch.optim.Adam(network.parameters(), lr=0.01)
    losses = []
    for _ in range(1500):
        gain = 0.2 + 1.8 * torch.sigmoid(network(states))
        loss = (LAYER(u_nom, states, hazards, gain).u_safe - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
        if losses[-1] < 0.009 * losses[0]:
            break
    assert losses[-1] < 0.01 * losses[0], f'{losses[0]:.2e} became {losses[-1]:.2e}'
