"""Compiles a CUDA file with nvcc, once per source, flags and compiler; knows no kernel.

The cache is the directory TILEWRIGHT_CACHE, else tilewright in XDG_CACHE_HOME, else
~/.cache/tilewright. It must belong to this user: whoever writes there decides what runs here.
"""

from __future__ import annotations

import fcntl
import functools
import hashlib
import json
import os
import shutil
import stat
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import Iterator

from ._tool import ToolError, run_tool

_COMPILE_SECONDS = 600.0
# By C++17 the headers that nvcc includes by itself hold more, which takes half a second a file.
_FLAGS = ("-shared", "-Xcompiler", "-fPIC", "-std=c++14", "-O3")


def shared_library(source: Path, arch: str) -> Path:
    """The shared library of `source` for an architecture such as sm_90, compiled if need be."""
    text = source.read_bytes()
    program = nvcc()
    # For a GPU's own instructions (sm_90a) -arch alone would compile for sm_90 too, which has not got them.
    flags = (*_FLAGS, f"-gencode=arch=compute_{arch[3:]},code={arch}")
    parts = [hashlib.sha256(text).hexdigest(), flags, nvcc_version(program)]
    key = hashlib.sha256(json.dumps(parts).encode()).hexdigest()
    directory = cache_directory()
    library = directory / f"{key}.so"
    if _is_sound(library):
        return library
    with _locked(directory / f"{key}.lock"):
        if not _is_sound(library):
            _compile(program, flags, text, source.name, library)
    return library


def cache_directory() -> Path:
    """Made with mode 0700; refused if others own it or can write to it."""
    named = os.environ.get("TILEWRIGHT_CACHE")
    home = os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache")
    path = Path(named) if named else Path(home) / "tilewright"
    path.mkdir(mode=0o700, parents=True, exist_ok=True)
    status = path.stat()
    if status.st_uid != os.getuid() or status.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
        raise PermissionError(
            f"{path} can be written by other users, so compiled kernels are not kept there: "
            "make it yours with mode 0700, or set TILEWRIGHT_CACHE to another directory"
        )
    return path


def nvcc() -> str:
    """NVCC, else nvcc on the path, in CUDA_HOME, or where the toolkit is usually installed."""
    named = os.environ.get("NVCC")
    if named:
        return named
    homes = (os.environ.get("CUDA_HOME"), os.environ.get("CUDA_PATH"), "/usr/local/cuda")
    folders = [os.path.join(home, "bin") for home in homes if home]
    found = shutil.which("nvcc") or shutil.which("nvcc", path=os.pathsep.join(folders))
    if found is None:
        raise ToolError(
            "nvcc was not found, and kernels are compiled on first use: install the CUDA "
            "toolkit, and put its bin directory on PATH or set NVCC to its path"
        )
    return found


@functools.lru_cache(maxsize=None)
def nvcc_version(program: str) -> str:
    return run_tool([program, "--version"], 30.0)


def _compile(program: str, flags: tuple[str, ...], text: bytes, name: str, library: Path) -> None:
    """Builds beside the cache entry and moves into place: the digest first, then the library."""
    folder = Path(tempfile.mkdtemp(dir=library.parent))
    try:
        source, built = folder / name, folder / "built.so"
        source.write_bytes(text)
        run_tool([program, *flags, "-o", str(built), str(source)], _COMPILE_SECONDS)
        digest = folder / "digest"
        digest.write_text(hashlib.sha256(built.read_bytes()).hexdigest())
        os.replace(digest, library.with_suffix(".sha256"))
        os.replace(built, library)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _is_sound(library: Path) -> bool:
    """Whether the entry is there and is, to the last byte, what the compiler wrote."""
    try:
        digest = library.with_suffix(".sha256").read_text()
        return hashlib.sha256(library.read_bytes()).hexdigest() == digest
    except FileNotFoundError:
        return False


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Holds an advisory lock; two processes that need the same library compile it once."""
    deadline = time.monotonic() + _COMPILE_SECONDS + 30.0
    with open(path, "w") as file:
        while True:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                if time.monotonic() > deadline:
                    raise ToolError(f"another process holds {path} for too long") from None
                time.sleep(0.05)
        yield
