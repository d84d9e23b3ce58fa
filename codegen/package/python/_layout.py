"""Packs a call's values into the C argument structure; knows the offsets and nothing of tensors."""

from __future__ import annotations

import struct
from typing import Any, Mapping, Sequence

from ._manifest import Manifest

_FORMATS = {"i64": "q", "i32": "i", "f32": "f", "bool": "i"}


class Layout:
    """Values are held in a list by slot: the structure's fields in order of their offsets."""

    def __init__(self, manifest: Manifest) -> None:
        numbers = (*manifest.dims, *manifest.scalars)
        fields = [(0, "Q")]
        fields += [(number.offset, _FORMATS[number.type]) for number in numbers]
        for tensor in manifest.tensors:
            fields += [(tensor.pointer, "Q"), *((offset, "q") for offset in tensor.strides)]
        fields += [(manifest.workspace, "Q"), (manifest.workspace_bytes, "Q")]
        fields.sort()
        self._manifest = manifest
        self._slots = {offset: slot for slot, (offset, _) in enumerate(fields)}
        self.pack = struct.Struct(_format(fields, manifest.bytes)).pack
        self.pointers = tuple(self._slots[tensor.pointer] for tensor in manifest.tensors)
        self.scalars = tuple(self._slots[scalar.offset] for scalar in manifest.scalars)
        self.workspace = self._slots[manifest.workspace]
        self.workspace_bytes = self._slots[manifest.workspace_bytes]

    def constants(
        self,
        sizes: Mapping[str, int],
        shapes: Sequence[Sequence[int]],
        strides: Sequence[Sequence[int]],
    ) -> list[Any]:
        """What shapes and strides determine; pointers, scalars and workspace are 0."""
        values: list[Any] = [0] * len(self._slots)
        values[0] = self._manifest.bytes
        for dim in self._manifest.dims:
            values[self._slots[dim.offset]] = sizes[dim.name]
        for tensor, shape, steps in zip(self._manifest.tensors, shapes, strides):
            for offset, extent, step in zip(tensor.strides, shape, steps):
                # The stride of an axis that is never stepped along may be anything in torch.
                values[self._slots[offset]] = step if extent > 1 else 0
        return values


def _format(fields: Sequence[tuple[int, str]], size: int) -> str:
    """Little-endian without implied padding; gaps are written as zeros."""
    text, at = "<", 0
    for offset, code in fields:
        text += "x" * (offset - at) + code
        at = offset + struct.calcsize(f"<{code}")
    return text + "x" * (size - at)
