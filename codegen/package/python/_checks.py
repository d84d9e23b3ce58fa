"""Refuses tensors that a kernel cannot take, in a sentence that names the tensor and its axis."""

from __future__ import annotations

from typing import Optional, Sequence

import torch

from ._manifest import Tensor

dtypes = {"f16": torch.float16, "bf16": torch.bfloat16, "f32": torch.float32, "i32": torch.int32}


def check_tensor(
    kernel: str, tensor: torch.Tensor, spec: Tensor, device: Optional[torch.device]
) -> None:
    """`device` is the first input's."""
    axes = ", ".join(axis.name for axis in spec.axes)
    name = f"{kernel}: {spec.name}"
    if not isinstance(tensor, torch.Tensor):
        raise TypeError(f"{name} must be a tensor, not {type(tensor).__name__}")
    if tensor.dtype is not dtypes[spec.dtype]:
        raise TypeError(f"{name} is {tensor.dtype}, and the kernel takes {dtypes[spec.dtype]}")
    if tensor.dim() != len(spec.axes):
        raise ValueError(f"{name} has {tensor.dim()} axes, and ({axes}) are wanted")
    if tensor.device.type != "cuda":
        raise ValueError(f"{name} is on {tensor.device}, and the kernel runs on a CUDA device")
    if tensor.device != device:
        raise ValueError(f"{name} is on {tensor.device}, and the first input is on {device}")
    if tensor.shape[-1] > 1 and tensor.stride(-1) != 1 and 0 not in tensor.shape:
        last = spec.axes[-1].name
        raise ValueError(
            f"{name} has stride {tensor.stride(-1)} along {last}, which must be 1: "
            "pass .contiguous() of it"
        )


def check_output(kernel: str, tensor: torch.Tensor, spec: Tensor, shape: Sequence[int]) -> None:
    if tuple(tensor.shape) != tuple(shape):
        wanted = ", ".join(f"{axis.name}={size}" for axis, size in zip(spec.axes, shape))
        raise ValueError(
            f"{kernel}: out {spec.name} has shape {tuple(tensor.shape)}, and ({wanted}) is wanted"
        )
    steps = sorted((step, size) for step, size in zip(tensor.stride(), shape) if size > 1)
    reach = 1
    for step, size in steps:
        if step < reach:
            raise ValueError(f"{kernel}: out {spec.name} has elements that share memory")
        reach = step * (size - 1) + reach
