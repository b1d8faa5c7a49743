"""The emergency stop in a file, so that it outlives a filter that is killed or ends."""

import os
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from vcp_cbf_safety.resources import PACKAGE


def stop_file(domain: int, node: str) -> Path:
    """Where the emergency stop of a node is remembered: in ROS_HOME, else in ~/.ros.

    Args:
        domain: ROS domain id; robots of two domains may have the same names.
        node: fully qualified node name.
    """
    # Names of nodes contain no dots, so that no two of them share a file.
    name = f'emergency_stop.{domain}{node.replace("/", ".")}'
    path = Path(os.environ.get('ROS_HOME') or '~/.ros', PACKAGE, name)
    # A user without a home: relative to the working folder, which is the same after a respawn.
    with suppress(RuntimeError):
        path = path.expanduser()
    return path


class StopMemory:
    """Remembers who stopped the robot until that is released.

    A file that cannot be used is no reason for the node to end, and none for the robot to drive:
    that is said, and a file that cannot be read counts as a stop.

    Attributes:
        faults: what a filter that is started later would get wrong: one sentence, or none.

    Args:
        path: the file; its folder is made when it is needed.
        warn: takes the sentence when it is new.
    """

    def __init__(self, path: Path, warn: Callable[[str], object]) -> None:
        self.faults: tuple[str, ...] = ()
        self._path = path
        self._warn = warn

    def recall(self) -> str:
        """Who stopped the robot before this start, for people; '' when it may drive."""
        try:
            who = ' '.join(self._path.read_text(encoding='utf-8').split())
        except FileNotFoundError:
            return ''
        except (OSError, UnicodeDecodeError) as error:
            return self._unreadable(_why(error))
        return f'{who}, from before this start' if who else self._unreadable('it is empty')

    def keep(self, who: str) -> None:
        """Remember a stop; back when it is on the disk or that has failed."""
        new = self._path.with_name(f'{self._path.name}.new')
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with new.open('w', encoding='utf-8') as file:
                file.write(f'{who}\n')
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
            _sync_folder(self._path.parent)
        except OSError as error:
            self._fail(
                'the emergency stop would not outlive the filter, which would drive on after a '
                f'restart: {self._path} cannot be written ({_why(error)})'
            )
        else:
            self.faults = ()

    def forget(self) -> None:
        """A stop is released: nothing to remember."""
        try:
            self._path.unlink(missing_ok=True)
        except OSError as error:
            self._fail(
                'the release would not outlive the filter, which would stand after a restart: '
                f'{self._path} cannot be removed ({_why(error)})'
            )
        else:
            self.faults = ()

    def _unreadable(self, why: str) -> str:
        return (
            f'{self._path}, which may hold a stop from before this start and cannot be read '
            f'({why})'
        )

    def _fail(self, sentence: str) -> None:
        if (sentence,) != self.faults:
            self._warn(sentence)
        self.faults = (sentence,)


def _sync_folder(folder: Path) -> None:
    """See that the name of a new file outlives a power cut, as its content does."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _why(error: OSError | UnicodeDecodeError) -> str:
    if isinstance(error, UnicodeDecodeError):
        return 'it is not text'
    return error.strerror or str(error)
