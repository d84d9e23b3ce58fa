"""Compiles every file of a package for an architecture, several at a time, before any timing."""

from __future__ import annotations

import importlib
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path


def build_all(package: Path, arch: str, jobs: int) -> dict[str, float]:
    """Seconds by file, near 0 for those in the cache. Raises the first failure, all builds done."""
    build = _build_module(package)
    sources = sorted(package.glob(f"*.{arch}.cu"))

    def one(source: Path) -> float:
        started = time.monotonic()
        build.shared_library(source, arch)
        return time.monotonic() - started

    with ThreadPoolExecutor(jobs) as threads:
        started = [(source.name, threads.submit(one, source)) for source in sources]
    return {name: future.result() for name, future in started}


def _build_module(package: Path):
    sys.path.insert(0, str(package.resolve().parent))
    return importlib.import_module(f"{package.name}._build")


if __name__ == "__main__":
    folder, arch = Path(sys.argv[1]), sys.argv[2]
    seconds = build_all(folder, arch, os.cpu_count() or 1)
    slowest = max(seconds.items(), key=lambda item: item[1], default=("none", 0.0))
    print(
        f"{folder}: {len(seconds)} files for {arch}, the slowest {slowest[0]} in {slowest[1]:.1f} s"
    )
