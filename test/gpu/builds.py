"""Compiles every file of a package for the GPU at hand, several at a time, before any timing.

Files of another architecture go through its PTX (nvcc_by_ptx.py). The results lie in the package's cache under the
very key with which the package then asks for them, so that no later process compiles anything.
"""

from __future__ import annotations

import importlib
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).resolve().parent


def build(package: Path, arch: str, device: str) -> None:
    """Files for `arch` on a GPU of architecture `device`, in a process of its own. Later processes inherit how."""
    if arch != device:
        os.environ["NVCC"] = str(HERE / "nvcc_by_ptx.py")
    command = [sys.executable, str(HERE / "builds.py"), str(package), arch, device]
    subprocess.run(command, check=True, timeout=600)


def build_all(package: Path, arch: str, device: str, jobs: int) -> dict[str, float]:
    """Seconds by file, near 0 for those in the cache. Raises the first failure, all builds done."""
    build = _build_module(package)
    sources = sorted(package.glob(f"*.{arch}.cu"))

    def one(source: Path) -> float:
        started = time.monotonic()
        build.shared_library(source, device)
        return time.monotonic() - started

    with ThreadPoolExecutor(jobs) as threads:
        started = [(source.name, threads.submit(one, source)) for source in sources]
    return {name: future.result() for name, future in started}


def _build_module(package: Path):
    sys.path.insert(0, str(package.resolve().parent))
    return importlib.import_module(f"{package.name}._build")


if __name__ == "__main__":
    folder, arch, device = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
    began = time.monotonic()
    seconds = build_all(folder, arch, device, os.cpu_count() or 1)
    slowest = max(seconds.items(), key=lambda item: item[1], default=("none", 0.0))
    print(
        f"{folder}: {len(seconds)} files for {arch} on {device} in {time.monotonic() - began:.1f} s, "
        f"the slowest {slowest[0]} in {slowest[1]:.1f} s"
    )
