"""Opens a bag, also one whose recorder was killed: cut off, or without its metadata."""

import struct
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from rosbags.highlevel import AnyReader
from rosbags.typesys import Stores, get_typestore

from vcp_cbf_safety.errors import VcpCbfError

_SUFFIXES = ('.mcap', '.db3')
_MAGIC = b'\x89MCAP0\r\n'
_FOOTER, _CHUNK, _DATA_END = 0x02, 0x06, 0x0F
# What stands in a chunk before its records: times, size, checksum, compression, length.
_CHUNK_HEADER = 40
# A record begins with its kind and its length.
_HEADER = struct.Struct('<BQ')
# What an MCAP ends with that has no index: end of data, footer, magic.
_END = (
    _HEADER.pack(_DATA_END, 4) + bytes(4) + _HEADER.pack(_FOOTER, 20) + bytes(20) + _MAGIC
)  # fmt: skip
_BLOCK = 1 << 20


class BagError(VcpCbfError):
    """A bag cannot be used; the message names it and says why."""


@contextmanager
def opened(path: Path, notes: list[str]) -> Iterator[AnyReader]:
    """A reader of a bag: a folder, a .mcap or a .db3 file.

    Args:
        path: the bag.
        notes: gets a sentence for each thing that is not as it should be.

    Raises:
        BagError: if there is none.
        Exception: whatever rosbags raises at what it cannot read.
    """
    if not path.exists():
        raise BagError(f'{path} does not exist')
    files = [path]
    if path.is_dir():
        files = sorted(each for each in path.iterdir() if each.suffix in _SUFFIXES)
        has_metadata = (path / 'metadata.yaml').exists()
        if not files and not has_metadata:
            raise BagError(f'{path} is a folder without .mcap or .db3 files')
        if not has_metadata:
            notes.append(f'{path.name} has no metadata.yaml: its files are read without')
    with ExitStack() as stack:
        cut = [each for each in files if _is_cut(each)]
        if cut:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            for each in cut:
                notes.append(f'{each.name} is cut off, and read up to there')
                files[files.index(each)] = _mended(each, folder)
        whole = path.is_dir() and not cut and (path / 'metadata.yaml').exists()
        # Bags of before 2023 do not say what their messages look like.
        store = get_typestore(Stores.ROS2_HUMBLE)
        paths = [path] if whole else files
        yield stack.enter_context(AnyReader(paths, default_typestore=store))


def _is_cut(file: Path) -> bool:
    """Whether an MCAP begins as one and does not end as one."""
    if file.suffix != '.mcap' or file.stat().st_size < len(_MAGIC):
        return False
    with file.open('rb') as stream:
        begins = stream.read(len(_MAGIC)) == _MAGIC
        stream.seek(-len(_MAGIC), 2)
        return begins and not (stream.read() == _MAGIC and file.stat().st_size > len(_END))


def _mended(file: Path, folder: Path) -> Path:
    """A copy of an MCAP with all its whole records, also those of a last chunk, and an end."""
    copy, size = folder / file.name, file.stat().st_size
    with file.open('rb') as source, copy.open('wb') as target:
        target.write(source.read(len(_MAGIC)))
        while len(header := source.read(_HEADER.size)) == _HEADER.size:
            kind, length = _HEADER.unpack(header)
            if kind == _DATA_END:
                break
            if source.tell() + length > size:
                # Of a chunk that is not compressed its records follow behind some numbers.
                if kind != _CHUNK or source.read(_CHUNK_HEADER)[28:32] != bytes(4):
                    break
                continue
            target.write(header)
            while length:
                block = source.read(min(length, _BLOCK))
                target.write(block)
                length -= len(block)
        target.write(_END)
    return copy
