"""The service's files: uploaded, listed, deleted, downloaded."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, BinaryIO

from google.genai import types

from processor.core.fault import FaultKind, GatewayFault
from processor.core.remote import RemoteFile, Upload
from processor.effects.gemini_client import GeminiClient, hex_digest

# The most there are. Source: files.list in the v1beta reference, read 2026-11-22.
_FILES_A_PAGE = 100


class FileCalls(GeminiClient):
    """The calls that are about files."""

    def upload(self, path: Path, *, display_name: str, progress: Callable[[int], None]) -> Upload:
        """Upload a ``.json`` file; ``progress`` gets the bytes that have arrived."""
        with self._asking(), self._transport.reporting(progress):
            # No MIME type: `.json` is known to every mimetypes table, so detection cannot fail.
            file = self._client.files.upload(
                file=str(path), config=types.UploadFileConfig(display_name=display_name)
            )
        if not file.name:
            raise GatewayFault(FaultKind.UNCLEAR, "the upload's answer has no file name")
        return Upload(
            name=file.name, size_bytes=file.size_bytes, sha256=hex_digest(file.sha256_hash)
        )

    def upload_attachment(
        self,
        path: Path,
        *,
        display_name: str,
        mime_type: str,
        progress: Callable[[int], None],
    ) -> RemoteFile:
        """Upload a file that requests refer to; ``progress`` gets the bytes that have arrived."""
        # Opened here: of a path the SDK sends the name in a header, which a name beyond ASCII breaks.
        with path.open("rb") as content, self._asking(), self._transport.reporting(progress):
            config = types.UploadFileConfig(display_name=display_name, mime_type=mime_type)
            file = _remote_file(self._client.files.upload(file=content, config=config))
        if not file.name or not file.uri:
            raise GatewayFault(FaultKind.UNCLEAR, "the upload's answer has no file name")
        return file

    def file_exists(self, name: str) -> bool:
        """Whether this project has the file: 403 and 404 both say no."""
        try:
            with self._asking():
                found = self._client.files.get(name=name)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return False
            raise
        if found.name != name:
            raise GatewayFault(FaultKind.UNCLEAR, "the service's answer names no file")
        return True

    def files(self) -> Sequence[RemoteFile]:
        """All files of the key's project that the service lists."""
        config = types.ListFilesConfig(page_size=_FILES_A_PAGE)
        with self._asking():
            return [_remote_file(file) for file in self._client.files.list(config=config)]

    def delete_file(self, name: str) -> bool:
        """Delete an uploaded file; False when this project does not have it (any more)."""
        try:
            with self._asking():
                self._client.files.delete(name=name)
        except GatewayFault as fault:
            if fault.status in (403, 404):
                return False
            raise
        return True

    def download(self, name: str, target: BinaryIO, *, progress: Callable[[int], None]) -> None:
        """Stream a file into ``target``; ``progress`` gets the bytes so far."""
        with self._asking():
            self._client.files.download(file=name, destination=_Counting(target, progress))


def _remote_file(file: types.File) -> RemoteFile:
    state = file.state
    return RemoteFile(
        name=file.name or "",
        display_name=file.display_name or "",
        size_bytes=file.size_bytes,
        uri=file.uri or "",
        state=str(getattr(state, "value", state) or ""),
        expires_at=file.expiration_time,
        sha256=hex_digest(file.sha256_hash),
        error=str(file.error.message or "") if file.error else "",
    )


class _Counting(io.RawIOBase):
    """A target that tells how much was written."""

    def __init__(self, target: BinaryIO, progress: Callable[[int], None]) -> None:
        self._target = target
        self._progress = progress
        self._written = 0

    def writable(self) -> bool:
        return True

    def write(self, data: Any) -> int:
        written = self._target.write(data)
        self._written += written
        self._progress(self._written)
        return written
