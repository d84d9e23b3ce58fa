"""Runs a program: no shell, a deadline for its whole process group, a cap on its output."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
from typing import Sequence

_KEPT = 256 * 1024
_PASSED = ("PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH")


class ToolError(RuntimeError):
    """A program outside of this package is missing, failed, or did not end in time."""


def run_tool(command: Sequence[str], seconds: float) -> str:
    """Returns standard output and error together, of which 256 KiB are kept."""
    environment = {name: os.environ[name] for name in _PASSED if name in os.environ}
    try:
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env={**environment, "LC_ALL": "C"},
            start_new_session=True,
        )
    except OSError as error:
        raise ToolError(f"{command[0]} cannot be started: {error}") from None
    kept = bytearray()
    reader = threading.Thread(target=_drain, args=(process, kept), daemon=True)
    reader.start()
    try:
        status = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        raise ToolError(f"{command[0]} did not end within {seconds:.0f} s") from None
    finally:
        _end_group(process)
        reader.join(timeout=5)
    output = kept.decode("utf-8", "replace")
    if status != 0:
        raise ToolError(f"{' '.join(command)}\nfailed with status {status}:\n{output}")
    return output


def _drain(process: subprocess.Popen, kept: bytearray) -> None:
    """Reads to the end, so that the program never blocks on a full pipe."""
    assert process.stdout is not None
    for chunk in iter(lambda: process.stdout.read1(65536), b""):
        kept.extend(chunk[: max(0, _KEPT - len(kept))])


def _end_group(process: subprocess.Popen) -> None:
    """Ends what is left of the group, such as ptxas after nvcc was killed."""
    try:
        os.killpg(process.pid, signal.SIGKILL)
    except ProcessLookupError:
        pass
    process.wait()
