"""Which bodies touch: contacts of MuJoCo as pairs, each of which is one contact while it lasts."""

from collections.abc import Iterable

# Bodies that touch tremble. A pair is apart again when it has not touched for so long [s].
HOLD = 0.5

Pair = tuple[int, int]


class Touches:
    """Pairs of bodies that touch, by the numbers of the bodies, the smaller first."""

    def __init__(self) -> None:
        self._last: dict[Pair, float] = {}

    def begun(self, now: float, touching: Iterable[Pair]) -> list[Pair]:
        """Take the pairs that touch at a time [s]: those whose contact begins."""
        pairs = {(min(pair), max(pair)) for pair in touching}
        new = [p for p in pairs if now - self._last.get(p, -2.0 * HOLD) > HOLD]
        self._last.update(dict.fromkeys(pairs, now))
        return sorted(new)

    def partners(self, body: int, now: float) -> list[int]:
        """Bodies that a body touches at a time [s], or has touched shortly before."""
        recent = [pair for pair, then in self._last.items() if now - then <= HOLD]
        return [b if a == body else a for a, b in recent if body in (a, b)]
