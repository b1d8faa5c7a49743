"""The code in docs/learning.md runs as it stands there."""

import re
from pathlib import Path

import pytest

torch = pytest.importorskip('torch', reason='the extra `learning` is not installed')

from vcp_cbf_safety.learning.program import solve  # noqa: E402

DOCUMENT = Path(__file__).parents[2] / 'docs' / 'learning.md'

W = torch.diag(torch.tensor([150.0, 1.0], dtype=torch.float64))
G = torch.tensor([[0.8, 0.3], [-0.2, 0.9], [1.0, -1.0]], dtype=torch.float64)
H = torch.tensor([0.1, 0.2, 3.0], dtype=torch.float64)


def test_the_network_of_the_document_gets_gradients_through_the_layer() -> None:
    blocks = re.findall(r'```python\n(.*?)```', DOCUMENT.read_text(encoding='utf-8'), re.DOTALL)
    assert len(blocks) == 1
    names: dict = {}
    exec(compile(blocks[0], str(DOCUMENT), 'exec'), names)
    assert names['result'].u_safe.shape == (32, 2)
    assert names['network'].weight.grad.abs().sum() > 0.0


def test_the_pictures_of_the_document_are_there_and_small() -> None:
    pictures = re.findall(r'!\[.*?\]\((.*?)\)', DOCUMENT.read_text(encoding='utf-8'))
    assert pictures
    for picture in pictures:
        assert (DOCUMENT.parent / picture).stat().st_size < 200_000


def jacobians(u_nom):
    """Of u with respect to u_nom (2, 2), h (2, m) and G (2, m, 2), and the active rows."""
    answer = solve(G[None], H[None], u_nom[None], W.diagonal())

    def command(*x):
        return solve(x[0][None], x[1][None], x[2][None], W.diagonal()).u[0]

    of_G, of_h, of_u_nom = torch.autograd.functional.jacobian(command, (G, H, u_nom))
    return answer.u[0], answer.active[0].tolist(), of_u_nom, of_h, of_G


def test_the_jacobian_of_one_active_row_is_that_of_the_document() -> None:
    u_nom = torch.tensor([0.5, -1.0], dtype=torch.float64)
    u, active, of_u_nom, of_h, of_G = jacobians(u_nom)
    assert active == [0, -1]
    g, inverse = G[0], W.inverse()
    s = g @ inverse @ g
    force = (g @ u_nom - H[0]) / s
    P = torch.eye(2, dtype=torch.float64) - torch.outer(inverse @ g, g) / s
    torch.testing.assert_close(u, u_nom - force * inverse @ g)
    torch.testing.assert_close(of_u_nom, P)
    torch.testing.assert_close(of_h[:, 0], inverse @ g / s)
    torch.testing.assert_close(
        of_G[:, 0], -(force * P @ inverse + torch.outer(inverse @ g, u) / s)
    )


def test_the_jacobian_of_two_active_rows_is_that_of_the_document() -> None:
    inverse = G[:2].inverse()
    corner = inverse @ H[:2]
    u, active, of_u_nom, of_h, of_G = jacobians(corner + W.inverse() @ (2.0 * G[0] + G[1]))
    assert sorted(active) == [0, 1]
    torch.testing.assert_close(u, corner)
    assert not of_u_nom.any()
    torch.testing.assert_close(of_h[:, :2], inverse)
    torch.testing.assert_close(of_G[:, :2], -torch.einsum('ij,k->ijk', inverse, u))


def test_without_active_rows_only_the_nominal_command_counts() -> None:
    _, active, of_u_nom, of_h, of_G = jacobians(torch.zeros(2).double())
    assert active == [-1, -1]
    torch.testing.assert_close(of_u_nom, torch.eye(2, dtype=torch.float64))
    assert not of_h.any()
    assert not of_G.any()
