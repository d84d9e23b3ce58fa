"""The matrix of cases: every shape and feature that the kernels must serve, in a fixed order."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import Iterator

LENGTHS = (1, 3, 63, 64, 65, 113, 128, 203, 799, 1024)
GROUPS = (1, 2, 4, 7, 8)
LAYOUTS = ("dense", "padded", "heads_first")


@dataclass(frozen=True)
class Case:
    kernel: str
    feature: str
    limit: float  # the keys of a window, the cap of scores
    dtype: str
    d: int
    dv: int
    batch: int
    q_len: int
    kv_len: int
    kv_heads: int
    group: int
    layout: str
    magnitude: float
    seed: int

    def line(self) -> str:
        return json.dumps(asdict(self), separators=(",", ":"))


@dataclass(frozen=True)
class BuiltKernel:
    """One entry of the index beside a package."""

    name: str
    feature: str
    limit: float
    dtype: str
    d: int
    dv: int
    sanitize: bool


def cases(kernels: list[BuiltKernel], every_group: bool) -> Iterator[Case]:
    """All pairs of lengths for each kernel; the group sizes in rotation, or each with all."""
    seed = 0
    for kernel in kernels:
        for q_len in LENGTHS:
            for kv_len in LENGTHS:
                groups = GROUPS if every_group else (GROUPS[seed % len(GROUPS)],)
                for group in groups:
                    yield _case(kernel, q_len, kv_len, group, seed)
                    seed += 1
        for batch, q_len, kv_len in ((0, 64, 64), (2, 0, 64), (2, 65, 0), (0, 0, 0), (3, 1, 0)):
            yield _case(kernel, q_len, kv_len, 2, seed, batch)
            seed += 1


def _case(
    kernel: BuiltKernel, q_len: int, kv_len: int, group: int, seed: int, batch: int | None = None
) -> Case:
    return Case(
        kernel=kernel.name,
        feature=kernel.feature,
        limit=kernel.limit,
        dtype=kernel.dtype,
        d=kernel.d,
        dv=kernel.dv,
        batch=1 + seed % 2 if batch is None else batch,
        q_len=q_len,
        kv_len=kv_len,
        kv_heads=1 + seed % 3,
        group=group,
        layout=LAYOUTS[seed % len(LAYOUTS)],
        magnitude=(1.0, 1.0, 4.0, 20.0)[seed % 4],
        seed=seed,
    )
