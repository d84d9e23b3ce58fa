"""Tensors inside storage that tells what should not have been touched.

Inputs lie in NaN: a value read from beside them shows in the result. Outputs start as NaN and lie
in a canary: an element not written and a write beside them both show.
"""

from __future__ import annotations

import math
from typing import Sequence

import torch

CANARY = 12345.0
LAYOUTS = ("dense", "padded", "heads_first")
_CHUNK = 8  # elements of 16 bits in the 16 bytes to which rows must be aligned


def surrounded(
    shape: Sequence[int], dtype: torch.dtype, layout: str, around: float
) -> torch.Tensor:
    """A view of `shape` in storage filled with `around`; the last axis keeps its unit stride.

    dense: whole rows before and after it. padded: gaps on every axis. heads_first: axes 1 and 2 of
    a tensor with four are swapped in memory.
    """
    order = list(range(len(shape)))
    if layout == "heads_first" and len(shape) == 4:
        order[1], order[2] = order[2], order[1]
    stored = [shape[axis] for axis in order]
    gaps = [1] * len(stored) if layout == "padded" else [1] + [0] * (len(stored) - 1)
    gaps[-1] *= _CHUNK
    outer = torch.full(
        [size + 2 * gap for size, gap in zip(stored, gaps)], around, dtype=dtype, device="cuda"
    )
    inner = outer[tuple(slice(gap, gap + size) for size, gap in zip(stored, gaps))]
    view = inner.permute([order.index(axis) for axis in range(len(shape))])
    assert tuple(view.shape) == tuple(shape)
    return view


def poisoned(values: torch.Tensor, layout: str) -> torch.Tensor:
    """The values, in NaN."""
    view = surrounded(values.shape, values.dtype, layout, math.nan)
    view.copy_(values)
    return view


class Output:
    """An output to be written: NaN inside, the canary around."""

    def __init__(self, shape: Sequence[int], dtype: torch.dtype, layout: str) -> None:
        self.view = surrounded(shape, dtype, layout, CANARY)
        base = self.view if self.view._base is None else self.view._base
        self._storage = base
        self.view.fill_(math.nan)

    def was_overrun(self) -> bool:
        """Whether anything around the output changed. Ends its use: the inside is overwritten."""
        outside = self._storage.clone()
        inside = torch.as_strided(
            outside, self.view.size(), self.view.stride(), self.view.storage_offset()
        )
        inside.fill_(CANARY)
        canary = torch.full_like(outside, CANARY)
        return not torch.equal(outside, canary)
