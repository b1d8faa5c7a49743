"""Warnings about things that come again and again, each said once."""

from collections.abc import Callable, Hashable

# A thing must have been good for so long before its warnings are said again [s].
_GOOD_FOR = 10.0
# So many sentences about one thing: some name a number that changes every time.
_MOST_SENTENCES = 8


class _Said:
    def __init__(self) -> None:
        self.sentences: list[str] = []
        self.bad = 0.0  # monotonic time when it was last bad [s]


class SaidOnce:
    """Says a sentence about a thing once, until that thing has been good for a while.

    Args:
        say: takes a sentence.
        most: of how many things to remember that; nothing is said of any more.
    """

    def __init__(self, say: Callable[[str], object], most: int) -> None:
        self._say = say
        self._most = most
        self._said: dict[Hashable, _Said] = {}

    def bad(self, thing: Hashable, sentence: str, now: float) -> None:
        """Take what is wrong with a thing at a monotonic time [s]."""
        said = self._said.get(thing)
        if said is None:
            if len(self._said) >= self._most:
                return
            said = self._said[thing] = _Said()
        said.bad = now
        if sentence not in said.sentences and len(said.sentences) < _MOST_SENTENCES:
            said.sentences.append(sentence)
            self._say(sentence)

    def good(self, thing: Hashable, now: float) -> None:
        """Take that nothing is wrong with a thing at a monotonic time [s]."""
        said = self._said.get(thing) if self._said else None
        if said is not None and now - said.bad > _GOOD_FOR:
            del self._said[thing]
