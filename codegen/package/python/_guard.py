"""Tells whether tensors are like those of an earlier call, faster than Python can compare them."""

from __future__ import annotations

from typing import Callable, Sequence

import torch

Fits = Callable[..., bool]

# What torch.compile guards its graphs with: type, dispatch keys, dtype, device, shape and strides of
# all tensors in one call. It is not public, hence `_TESTED` and `_are_sound`; without it every call
# takes the slower way through a dictionary.
_TESTED = ("2.11.", "2.12.", "2.13.")
_guards = getattr(getattr(torch._C, "_dynamo", None), "guards", None)
_Guards = getattr(_guards, "TensorGuards", None)


def never(*_tensors: torch.Tensor) -> bool:
    return False


def fits_like(tensors: Sequence[torch.Tensor]) -> Fits:
    """A function of as many tensors, which says no where it is not certain that they are alike."""
    # torch does not tell tensors with a gradient from others where gradients are off, and takes no
    # tensor twice.
    twice = len({id(tensor) for tensor in tensors}) < len(tensors)
    if not _SOUND or twice or any(tensor.requires_grad for tensor in tensors):
        return never
    return _guard(tensors)


def _guard(tensors: Sequence[torch.Tensor]) -> Fits:
    return _Guards(
        *tensors,
        dynamic_dims_sizes=[list(tensor.shape) for tensor in tensors],
        dynamic_dims_strides=[list(tensor.stride()) for tensor in tensors],
    ).check


def _are_sound() -> bool:
    """Whether this torch's guards notice what they must."""

    def like(dtype: torch.dtype, shape: tuple[int, int], strides: tuple[int, int]) -> torch.Tensor:
        return torch.empty_strided(shape, strides, dtype=dtype, device="cpu")

    good = like(torch.float16, (2, 3), (3, 1))
    bad = (
        like(torch.bfloat16, (2, 3), (3, 1)),
        like(torch.float16, (3, 3), (3, 1)),
        like(torch.float16, (2, 3), (1, 2)),
        None,
    )
    try:
        fits = _guard([good])
        return fits(good) and not any(fits(tensor) for tensor in bad)
    except (TypeError, ValueError, RuntimeError):
        return False


_SOUND = _Guards is not None and getattr(torch, "__version__", "").startswith(_TESTED) and _are_sound()
