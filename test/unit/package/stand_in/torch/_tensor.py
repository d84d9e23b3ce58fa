"""A NumPy array with torch's attributes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy


@dataclass(frozen=True)
class device:
    type: str
    index: int

    def __str__(self) -> str:
        return f"{self.type}:{self.index}"


class dtype:
    def __init__(self, name: str, kind: type) -> None:
        self.name = name
        self.numpy = kind

    def __str__(self) -> str:
        return f"torch.{self.name}"


class Tensor:
    requires_grad = False

    def __init__(self, array: numpy.ndarray, kind: dtype, where: device) -> None:
        self.array = array
        self.dtype = kind
        self.device = where

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    def dim(self) -> int:
        return self.array.ndim

    def stride(self, axis: int | None = None):
        steps = tuple(step // self.array.itemsize for step in self.array.strides)
        return steps if axis is None else steps[axis]

    def get_device(self) -> int:
        return self.device.index if self.device.type == "cuda" else -1

    def data_ptr(self) -> int:
        return self.array.ctypes.data if self.array.size else 0

    def new_empty(self, shape, dtype) -> Tensor:  # noqa: A002
        return Tensor(numpy.empty(shape, dtype.numpy), dtype, self.device)

    def __getitem__(self, index) -> Tensor:
        return Tensor(self.array[index], self.dtype, self.device)
