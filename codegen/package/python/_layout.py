"""Packs a call's values into the C argument structure; knows the offsets and nothing of tensors."""

from __future__ import annotations

import struct
from typing import Any, Mapping, Sequence

from ._manifest import Manifest

_FORMATS = {"i64": "q", "i32": "i", "f32": "f", "bool": "i"}


class Layout:
    """The structure, and its cut into what shapes determine and what every call brings.

    A call brings pointers, scalars and the workspace. `pack` takes them in the order of their
    offsets, with the pieces of the structure before, between and behind them.
    """

    def __init__(self, manifest: Manifest) -> None:
        brought = [(tensor.pointer, "Q") for tensor in manifest.tensors]
        brought += [(scalar.offset, _FORMATS[scalar.type]) for scalar in manifest.scalars]
        brought += [(manifest.workspace, "Q")]
        constants = [(0, "Q"), (manifest.workspace_bytes, "Q")]
        constants += [(dim.offset, _FORMATS[dim.type]) for dim in manifest.dims]
        constants += [(at, "q") for tensor in manifest.tensors for at in tensor.strides]
        fields = sorted(brought + constants)
        self._manifest = manifest
        self._slots = {offset: slot for slot, (offset, _) in enumerate(fields)}
        self._structure = struct.Struct(_format(fields, manifest.bytes, "x"))
        self._cuts = sorted((offset, offset + struct.calcsize(f"<{f}")) for offset, f in brought)
        self.pack = struct.Struct(_format(sorted(brought), manifest.bytes, "s")).pack

    def structure(
        self,
        sizes: Mapping[str, int],
        shapes: Sequence[Sequence[int]],
        strides: Sequence[Sequence[int]],
        workspace_bytes: int,
    ) -> bytes:
        """What shapes and strides determine; pointers, scalars and workspace are 0."""
        values: list[Any] = [0] * len(self._slots)
        values[0] = self._manifest.bytes
        values[self._slots[self._manifest.workspace_bytes]] = workspace_bytes
        for dim in self._manifest.dims:
            values[self._slots[dim.offset]] = sizes[dim.name]
        for tensor, shape, steps in zip(self._manifest.tensors, shapes, strides):
            for offset, extent, step in zip(tensor.strides, shape, steps):
                # The stride of an axis that is never stepped along may be anything in torch.
                values[self._slots[offset]] = step if extent > 1 else 0
        return self._structure.pack(*values)

    def pieces(self, structure: bytes) -> tuple[bytes, ...]:
        """One more than a call brings values; some are empty."""
        starts = [0, *(end for _, end in self._cuts)]
        ends = [*(start for start, _ in self._cuts), len(structure)]
        return tuple([structure[start:end] for start, end in zip(starts, ends)])


def _format(fields: Sequence[tuple[int, str]], size: int, gap: str) -> str:
    """Little-endian without implied padding; a gap is `x`, written as zeros, or `s`, given."""
    text, at = "<", 0
    for offset, code in fields:
        text += f"{offset - at}{gap}{code}"
        at = offset + struct.calcsize(f"<{code}")
    return text + f"{size - at}{gap}"
