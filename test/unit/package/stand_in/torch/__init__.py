"""As much of torch as a generated package touches, on NumPy arrays that claim to be on a GPU.

Lets the package's Python run where there is neither torch nor a GPU: pointers are host pointers,
and the "kernel" of these tests is a host function.
"""

from __future__ import annotations

import numpy

from . import cuda as cuda
from . import _guards, library
from ._tensor import Tensor, device, dtype

__version__ = "2.13.0"  # one whose guards are known to be sound

float16 = dtype("float16", numpy.float16)
bfloat16 = dtype("bfloat16", numpy.uint16)
float32 = dtype("float32", numpy.float32)
int32 = dtype("int32", numpy.int32)
uint8 = dtype("uint8", numpy.uint8)


class Tag:
    pt2_compliant_tag = "pt2_compliant_tag"
    needs_fixed_stride_order = "needs_fixed_stride_order"


class compiler:
    compiling = False

    @staticmethod
    def is_compiling() -> bool:
        return compiler.compiling


class _C:
    class _dynamo:
        guards = _guards

    @staticmethod
    def _cuda_getCurrentRawStream(index: int) -> int:
        return 77 + index


ops = library.ops


_gradients = [True]


def is_grad_enabled() -> bool:
    return _gradients[0]


def set_grad_enabled(enabled: bool) -> None:
    _gradients[0] = enabled


def empty(shape, dtype=float32, device=device("cuda", 0)) -> Tensor:  # noqa: A002
    return Tensor(
        numpy.full(shape, numpy.nan if dtype is float32 else 0, dtype.numpy), dtype, device
    )


def empty_strided(shape, strides, dtype=float32, device="cuda") -> Tensor:  # noqa: A002
    return _guards.empty_strided(shape, strides, dtype, device)


def tensor(values, dtype=float32, device=device("cuda", 0)) -> Tensor:  # noqa: A002
    return Tensor(numpy.array(values, dtype.numpy), dtype, device)
