"""Feeds cases to worker processes; one that hangs or breaks is replaced. Knows no kernel."""

from __future__ import annotations

import json
import os
import queue
import select
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any, Callable, Iterable

START_SECONDS = 180.0


class Worker:
    """A process that answers each line with a line."""

    def __init__(self, arguments: list[str], log: Path) -> None:
        self._log = open(log, "ab")
        self._process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            start_new_session=True,
        )
        self._pending = b""

    def answer(self, line: str, seconds: float) -> dict[str, Any] | None:
        """None: there was no answer in time, or the process has ended."""
        try:
            if line:
                self._process.stdin.write(line.encode() + b"\n")
                self._process.stdin.flush()
        except BrokenPipeError:
            return None
        text = self._read_line(time.monotonic() + seconds)
        return None if text is None else json.loads(text)

    def _read_line(self, deadline: float) -> bytes | None:
        descriptor = self._process.stdout.fileno()
        while b"\n" not in self._pending:
            ready, _, _ = select.select([descriptor], [], [], max(0.0, deadline - time.monotonic()))
            chunk = os.read(descriptor, 65536) if ready else b""
            if not chunk:
                return None
            self._pending += chunk
        line, _, self._pending = self._pending.partition(b"\n")
        return line

    def end(self) -> None:
        try:
            os.killpg(self._process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self._process.wait()
        self._process.stdin.close()
        self._process.stdout.close()
        self._log.close()


def run_all(
    arguments: list[str],
    lines: Iterable[str],
    workers: int,
    seconds: float,
    log: Path,
    report: Callable[[str, list[str]], bool],
) -> None:
    """Calls `report(line, faults)` for each line, one thread at a time, until one answers False."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for line in lines:
        waiting.put(line)
    lock = threading.Lock()

    def tell(line: str, faults: list[str]) -> None:
        with lock:
            if not report(line, faults):
                while not waiting.empty():
                    waiting.get_nowait()

    def serve() -> None:
        worker: Worker | None = None
        while True:
            try:
                line = waiting.get_nowait()
            except queue.Empty:
                break
            if worker is None:
                worker = Worker(arguments, log)
                if worker.answer("", START_SECONDS) is None:
                    worker.end()
                    worker = None
                    tell(line, [f"the worker did not start: see {log}"])
                    continue
            found = worker.answer(line, seconds)
            tell(line, [f"no result in {seconds:.0f} s"] if found is None else found["faults"])
            if found is None or found.get("broken"):
                worker.end()
                worker = None
        if worker is not None:
            worker.end()

    threads = [threading.Thread(target=serve) for _ in range(workers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
