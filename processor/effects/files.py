"""The disk: files appear whole or not at all."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from processor.effects.file_writer import FileWriter, has_processor_to_spare
from processor.effects.small_file import write_small
from processor.errors import DiskFailed

_READ_ONLY = stat.S_IRUSR | stat.S_IRGRP | stat.S_IROTH
_BUFFER_BYTES = 1024 * 1024
_WORTH_A_PROCESS = 2_000  # files: the process takes a tenth of a second to start


class LocalFiles:
    """Files of this machine. Faults of the disk become ``DiskFailed``, which names the file."""

    @contextmanager
    def writing(self, path: Path, *, durable: bool) -> Iterator[BinaryIO]:
        """A file that takes the name ``path`` when the block ends well, and vanishes otherwise."""
        temporary = path.with_name(path.name + ".tmp")
        try:
            with _disk(path):
                path.parent.mkdir(parents=True, exist_ok=True)
                file = temporary.open("wb", buffering=_BUFFER_BYTES)
            try:
                with file:
                    yield file
                    with _disk(path):
                        file.flush()
                        if durable:
                            os.fsync(file.fileno())
            except OSError as error:
                raise _failed(path, error) from None
            self.rename(temporary, path)
            if durable:
                _sync_folder(path.parent)
        except BaseException:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise

    def write(self, path: Path, content: bytes) -> None:
        """A small file, whole or not at all, not synced."""
        with self.writing(path, durable=False) as file:
            file.write(content)

    def append(self, path: Path, content: bytes, *, durable: bool) -> None:
        """Add to a file that is made for the first; its folder is there already.

        Args:
            durable: all of it is on the disk when this returns.
        """
        with _disk(path), path.open("ab") as file:
            file.write(content)
            if durable:
                file.flush()
                os.fsync(file.fileno())

    def write_temporary(self, path: Path | str, content: bytes) -> None:
        """A file under a temporary name, to be renamed later; its folder is there already."""
        try:
            write_small(path, content)
        except OSError as error:
            raise _failed(path, error) from None

    @contextmanager
    def writing_temporaries(self, count: int) -> Iterator[Callable[[str, bytes], None]]:
        """``write_temporary`` for about ``count`` files: when the block ends well, all are there."""
        child = _file_writer() if count >= _WORTH_A_PROCESS else None
        if child is None:
            yield self.write_temporary
            return
        try:
            with child:
                yield child.write
        except OSError as error:
            raise _failed(error.filename or "the outputs", error) from None

    def make_folder(self, path: Path) -> None:
        """A folder, with those above it."""
        with _disk(path):
            path.mkdir(parents=True, exist_ok=True)

    def rename(self, source: Path | str, target: Path | str) -> None:
        """Give ``source`` the name ``target``, whatever had it before."""
        try:
            os.replace(source, target)  # noqa: PTH105 - the hot path
        except OSError as error:
            raise _failed(target, error) from None

    def protect(self, path: Path) -> None:
        """Take the right to write away."""
        with _disk(path):
            path.chmod(_READ_ONLY)

    def remove(self, path: Path) -> None:
        """Remove a file or a folder with all in it, if it is there."""
        with _disk(path):
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink(missing_ok=True)

    def free_bytes(self, folder: Path) -> int | None:
        """What can still be written where ``folder`` is, or will be; None when the system does not say."""
        try:
            there = next(path for path in (folder, *folder.absolute().parents) if path.is_dir())
            return shutil.disk_usage(there).free
        except OSError:
            return None

    def sync(self) -> None:
        """Everything written so far is on the disk when this returns."""
        if hasattr(os, "sync"):  # Windows writes through when files are closed
            os.sync()


def _file_writer() -> FileWriter | None:
    """None where this process writes better itself, or must: the system starts no other."""
    if not has_processor_to_spare():
        return None
    with suppress(OSError):
        return FileWriter()
    return None


@contextmanager
def _disk(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _failed(path, error) from None


def _failed(path: Path | str, error: OSError) -> DiskFailed:
    return DiskFailed(
        f"{path}: {error.strerror or error}. Nothing that was paid for is lost: make room or give "
        "the right to write, then `truebatch resume`."
    )


def _sync_folder(folder: Path) -> None:
    if os.name == "nt":  # a folder cannot be opened there
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


class NoFiles(LocalFiles):
    """A disk that keeps nothing, for plans."""

    @contextmanager
    def writing(self, path: Path, *, durable: bool) -> Iterator[BinaryIO]:  # noqa: ARG002
        """A file that swallows what is written."""
        with Path(os.devnull).open("wb") as file:
            yield file

    def protect(self, path: Path) -> None:
        """Nothing was made."""

    def remove(self, path: Path) -> None:
        """Nothing was made."""
