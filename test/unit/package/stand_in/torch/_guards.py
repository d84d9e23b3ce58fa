"""torch._C._dynamo.guards: tensors compared in one call, and allocated in a short one."""

from __future__ import annotations

import numpy

from . import cuda
from ._tensor import Tensor, device


class TensorGuards:
    def __init__(self, *tensors, dynamic_dims_sizes, dynamic_dims_strides) -> None:
        self._like = [
            (type(t), t.dtype, t.device, t.requires_grad, list(size), list(stride))
            for t, size, stride in zip(tensors, dynamic_dims_sizes, dynamic_dims_strides)
        ]

    def check(self, *tensors) -> bool:
        if len(tensors) != len(self._like):
            raise TypeError("wrong length")
        if len({id(t) for t in tensors}) < len(tensors):
            return False
        return all(isinstance(t, Tensor) for t in tensors) and self._like == [
            (type(t), t.dtype, t.device, t.requires_grad, list(t.shape), list(t.stride()))
            for t in tensors
        ]


def empty_strided(shape, strides, dtype, kind) -> Tensor:
    span = 1 + sum((n - 1) * step for n, step in zip(shape, strides))
    memory = numpy.full(span, numpy.nan if dtype.name == "float32" else 0, dtype.numpy)
    steps = [step * memory.itemsize for step in strides]
    array = (
        numpy.empty(shape, dtype.numpy)
        if 0 in shape
        else numpy.lib.stride_tricks.as_strided(memory, shape, steps)
    )
    return Tensor(array, dtype, device(kind, cuda.current))


def _empty_strided_cuda(shape, strides, dtype) -> Tensor:
    return empty_strided(shape, strides, dtype, "cuda")
