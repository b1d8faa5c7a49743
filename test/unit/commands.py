"""The commands that documents give, for tests that hold them to the code."""

import re
import shlex
from pathlib import Path
from typing import NamedTuple

from documents import DOCUMENTS, ROOT, blocks

# Programs whose commands stand in sentences and in indented lines too, beside bash blocks.
PROGRAMS = ('make', 'python', 'ros2', 'torchrun')
# What `ros2 pkg prefix --share` says of an installed package has the folders of the source tree.
_SHARE = '$(ros2 pkg prefix --share vcp_cbf_safety)'


class Command(NamedTuple):
    """One command of a document, as words.

    Attributes:
        document: name of the file.
        words: program and arguments, without comments.
        usage: whether it is a pattern, with optional parts in brackets.
    """

    document: str
    words: tuple[str, ...]
    usage: bool

    def __str__(self) -> str:
        return f'{self.document}: {" ".join(self.words)}'


def _of_line(document: str, line: str) -> list[Command]:
    """Commands of one line of a shell, which may join several."""
    lexer = shlex.shlex(line.replace(_SHARE, str(ROOT)), posix=True, punctuation_chars='&|><')
    lexer.whitespace_split = True
    found: list[list[str]] = [[]]
    for word in lexer:
        if word in ('&&', '|'):
            found.append([])
        else:
            found[-1].append(word)
    return [Command(document, tuple(words), False) for words in found if words]


def _of_text(document: str, text: str) -> list[Command]:
    """A command in a sentence, or the pattern of one."""
    words = text.replace('[--', ' [ --').split()
    usage = '[' in words
    return (
        [Command(document, tuple(word.strip('[]') for word in words), True)]
        if usage
        else (_of_line(document, text))
    )


def in_blocks(path: Path) -> list[Command]:
    """Commands of the bash blocks of a document."""
    found = []
    for block in blocks(path, 'bash'):
        for line in block.replace('\\\n', ' ').splitlines():
            # Placeholders for an address, in angle brackets.
            found += _of_text(path.name, re.sub(r'<([^<>]*)>', 'ADDRESS', line))
    return found


def without_blocks(path: Path) -> str:
    """A document without its fenced blocks."""
    text = path.read_text(encoding='utf-8')
    return re.sub(r'^ *```.*?^ *```', '', text, flags=re.DOTALL | re.MULTILINE)


def in_sentences(path: Path) -> list[Command]:
    """Commands between backquotes and in indented lines of a document."""
    text = without_blocks(path)
    quoted = [' '.join(each.split()) for each in re.findall(r'`([^`]+)`', text)]
    lines = re.findall(r'^    +(\S.*)$', text, re.MULTILINE)
    found = []
    for each in (*quoted, *lines):
        if each.split()[0] in PROGRAMS and len(each.split()) > 1:
            found += _of_text(path.name, each)
    return found


def option_fragments(path: Path) -> list[tuple[str, ...]]:
    """Options that a document names without their command, as words: `--seed 1`."""
    quoted = re.findall(r'`(--[^`]+)`', without_blocks(path))
    return [tuple(shlex.split(each)) for each in quoted]


COMMANDS = [each for path in DOCUMENTS for each in (*in_blocks(path), *in_sentences(path))]
