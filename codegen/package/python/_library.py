"""Finds, compiles and loads the file of a kernel that suits a GPU."""

from __future__ import annotations

import ctypes
import re
from pathlib import Path
from typing import Callable, Mapping

from . import _build
from ._manifest import Manifest


class Entry:
    """The C functions of one kernel on one GPU; they read a packed argument structure."""

    def __init__(self, library: ctypes.CDLL, manifest: Manifest) -> None:
        symbols = manifest.symbols
        self.launch: Callable[[bytes, int], int] = getattr(library, symbols["launch"])
        self.launch.argtypes = [ctypes.c_char_p, ctypes.c_void_p]
        self.launch.restype = ctypes.c_int
        self.workspace: Callable[[bytes], int] = getattr(library, symbols["workspace"])
        self.workspace.argtypes = [ctypes.c_char_p]
        self.workspace.restype = ctypes.c_size_t
        self._error = getattr(library, symbols["error"])
        self._error.argtypes = [ctypes.c_int]
        self._error.restype = ctypes.c_char_p

    def error(self, code: int) -> str:
        """The launcher's own sentence for a code that is not 0."""
        return self._error(code).decode("utf-8", "replace")


def load(folder: Path, manifest: Manifest, capability: tuple[int, int]) -> Entry:
    """Compiles on first use. `capability` is the GPU's, such as (9, 0)."""
    arch = manifest.arch if _is_specific(manifest.arch) else f"sm_{capability[0]}{capability[1]}"
    path = _build.shared_library(folder / manifest.source, arch)
    return Entry(ctypes.CDLL(str(path)), manifest)


def choose(manifests: Mapping[str, Manifest], capability: tuple[int, int]) -> Manifest:
    """The file of this very architecture, else of the highest one below it."""
    level = capability[0] * 10 + capability[1]
    suitable = {
        _level(arch): arch
        for arch in sorted(manifests)  # sm_90a comes after sm_90, and is preferred
        if _level(arch) == level or (_level(arch) < level and not _is_specific(arch))
    }
    if not suitable:
        kernel = next(iter(manifests.values())).kernel
        raise RuntimeError(
            f"{kernel} was built for {', '.join(sorted(manifests))}, and this GPU is sm_{level}: "
            "build the package with --arch for it"
        )
    return manifests[suitable[max(suitable)]]


def _level(arch: str) -> int:
    return int(re.sub(r"\D", "", arch))


def _is_specific(arch: str) -> bool:
    """sm_90a runs on that architecture alone."""
    return arch.endswith("a")
