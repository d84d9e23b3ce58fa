#!/usr/bin/env python3
"""Stands in nvcc's place for packages: kernels of an older GPU run on a newer one through PTX.

NVCC=test/gpu/nvcc_by_ptx.py. A file such as x.sm_70.cu becomes PTX whose target is sm_70, so that ptxas refuses any
instruction which sm_70 has not; ptxas assembles that PTX for the GPU at hand, and only this machine code can run
there: what nvcc itself adds is for another GPU. Knows no kernel; takes the command line of the package's _build.py.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

# The last one that sm_70 had a compiler for (PTX ISA, release notes: CUDA 11.8).
PTX_VERSION = "7.8"


def main() -> None:
    if sys.argv[1:] == ["--version"]:  # a part of the cache's key
        print("by PTX", hashlib.sha256(Path(__file__).read_bytes()).hexdigest(), flush=True)
        nvcc("--version")
        return
    *flags, _, output, source = sys.argv[1:]
    device = next(flag for flag in flags if flag.startswith("-gencode=")).partition("code=")[2]
    build(Path(source), level_of(device), Path(output))


def build(source: Path, device: int, output: Path) -> None:
    """A shared library that holds the kernels of `source` as machine code of sm_<device>."""
    own = level_of(source.suffixes[-2])
    levels = [level for level in compiled_levels() if level >= own]
    with tempfile.TemporaryDirectory(dir=output.parent) as name:
        folder = Path(name)
        ptx, cubin, images, library = (folder / n for n in ("x.ptx", "x.cubin", "images", "x.o"))
        common = ("-std=c++14", "-O3")
        nvcc("-ptx", f"-arch=compute_{levels[0]}", *common, "-o", ptx, source)
        if levels[0] != own:
            ptx.write_text(retargeted(ptx.read_text(), own))
        nvcc("-cubin", f"-arch=sm_{device}", "-o", cubin, ptx)
        images.write_text(f"--image3=kind=elf,sm={device},file={cubin}\n")
        other = next(level for level in levels if level != device)
        added = (f"-gencode=arch=compute_{other},code=sm_{other}", "-Xfatbin", f"-optf={images}")
        nvcc("-c", "-Xcompiler", "-fPIC", *common, *added, "-o", library, source)
        nvcc("-shared", "-o", output, library)


def retargeted(ptx: str, own: int) -> str:
    # A hint that only newer assemblers know.
    ptx = re.sub(r'^\s*\.pragma "used_bytes_mask .*\n', "", ptx, flags=re.M)
    ptx = re.sub(r"^\.version .*$", f".version {PTX_VERSION}", ptx, count=1, flags=re.M)
    return re.sub(r"^\.target sm_\d+", f".target sm_{own}", ptx, count=1, flags=re.M)


def level_of(text: str) -> int:
    """70 of .sm_70."""
    return int(re.search(r"sm_(\d+)", text).group(1))


def compiled_levels() -> list[int]:
    """What nvcc compiles for, the oldest first."""
    listed = nvcc("--list-gpu-arch", capture_output=True, text=True).stdout
    return sorted(int(level) for level in re.findall(r"compute_(\d+)", listed))


def nvcc(*arguments: object, **options: object) -> subprocess.CompletedProcess:
    """Ends this process where nvcc fails; it has then said why."""
    program = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    end = subprocess.run([program, *map(str, arguments)], **options)
    if end.returncode != 0:
        sys.exit(end.returncode)
    return end


if __name__ == "__main__":
    main()
