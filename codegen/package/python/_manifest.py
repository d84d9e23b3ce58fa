"""What the compiler wrote down about a kernel: its tensors, numbers, and argument structure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Mapping, Union


@dataclass(frozen=True)
class Axis:
    """`factors` are dims by name and constants; their product is the axis's extent."""

    name: str
    factors: tuple[Union[str, int], ...]


@dataclass(frozen=True)
class Tensor:
    """Offsets count bytes from the start of the argument structure."""

    name: str
    dtype: str
    axes: tuple[Axis, ...]
    pointer: int
    strides: tuple[int, ...]


@dataclass(frozen=True)
class Number:
    """A dim (i64) or a launch scalar (f32, i32, bool)."""

    name: str
    type: str
    offset: int


@dataclass(frozen=True)
class Manifest:
    kernel: str
    arch: str
    source: str
    symbols: Mapping[str, str]
    bytes: int
    dims: tuple[Number, ...]
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    scalars: tuple[Number, ...]
    workspace: int
    workspace_bytes: int

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        return self.inputs + self.outputs


def read(path: Path) -> Manifest:
    raw = json.loads(path.read_text())
    arguments = raw["arguments"]
    offsets = {_role(field["role"]): field["offset"] for field in arguments["fields"]}
    return Manifest(
        kernel=raw["kernel"],
        arch=raw["arch"],
        source=path.with_suffix(".cu").name,
        symbols=raw["symbols"],
        bytes=arguments["bytes"],
        dims=tuple(Number(name, "i64", offsets["dim", name]) for name in raw["dims"]),
        inputs=tuple(_tensor(tensor, offsets) for tensor in raw["inputs"]),
        outputs=tuple(_tensor(tensor, offsets) for tensor in raw["outputs"]),
        scalars=tuple(
            Number(s["name"], s["type"], offsets["scalar", s["name"]]) for s in raw["scalars"]
        ),
        workspace=offsets["workspace",],
        workspace_bytes=offsets["workspace_bytes",],
    )


def _role(role: dict[str, Any]) -> tuple[str, ...]:
    """What a field of the structure is for: (kind, and whose it is)."""
    names = (role.get(key) for key in ("dim", "tensor", "axis", "scalar"))
    return (role["kind"], *(name for name in names if name is not None))


def _tensor(raw: dict[str, Any], offsets: Mapping[tuple[str, ...], int]) -> Tensor:
    name = raw["name"]
    axes = tuple(Axis(a["axis"], _factors(a["extent"])) for a in raw["axes"])
    strides = tuple(offsets["stride", name, axis.name] for axis in axes[:-1])
    return Tensor(name, raw["dtype"], axes, offsets["pointer", name], strides)


def _factors(extent: Union[int, str]) -> tuple[Union[str, int], ...]:
    """128, or a product such as `G * Hkv`."""
    parts = str(extent).split("*")
    return tuple(int(part) if part.strip().isdigit() else part.strip() for part in parts)
