"""Solves the sizes of a call from its tensors' shapes, and says in axis names what does not fit."""

from __future__ import annotations

from math import prod
from typing import Container, Mapping, Sequence

from ._manifest import Axis, Manifest, Tensor

Sizes = dict[str, int]
Shapes = Sequence[Sequence[int]]


def given_dims(manifest: Manifest) -> tuple[str, ...]:
    """The dims that callers name, because the inputs' shapes do not tell them."""
    known: set[str] = set()
    axes = [axis for tensor in manifest.inputs for axis in tensor.axes]
    while True:
        unknown = [set(_unknown(axis, known)) for axis in axes]
        learned = {name for names in unknown if len(names) == 1 for name in names}
        if not learned:
            return tuple(dim.name for dim in manifest.dims if dim.name not in known)
        known |= learned


def output_shapes(manifest: Manifest, shapes: Shapes, given: Sizes) -> list[tuple[int, ...]]:
    """From input shapes, symbolic ones too: an axis of an input's extent takes that very size."""
    found = {
        axis.factors: size
        for tensor, shape in zip(manifest.inputs, shapes)
        for axis, size in zip(tensor.axes, shape)
    }
    wanted = [axis for tensor in manifest.outputs for axis in tensor.axes]
    if not all(axis.factors in found or _is_constant(axis) for axis in wanted):
        sizes = solve(manifest.inputs, shapes, given)
        found.update({axis.factors: value(axis, sizes) for axis in wanted})
    return [
        tuple(found[a.factors] if a.factors in found else value(a, {}) for a in tensor.axes)
        for tensor in manifest.outputs
    ]


def solve(tensors: Sequence[Tensor], shapes: Shapes, given: Sizes) -> Sizes:
    """Every dim's size. Raises ValueError where shapes contradict each other or the kernel."""
    for name, size in given.items():
        if size < 0:
            raise ValueError(f"{name} is {size}, and a size is never negative")
    sizes = dict(given)
    origin: dict[str, _Equation] = {}
    equations = [
        _Equation(tensor, axis, size)
        for tensor, shape in zip(tensors, shapes)
        for axis, size in zip(tensor.axes, shape)
    ]
    while any(_learn(equation, sizes, origin) for equation in equations):
        pass  # from the start again, so that the first tensor that does not fit is named
    for equation in equations:
        for name in _unknown(equation.axis, sizes):  # times a size of 0: any size will do
            sizes[name] = 1
        if value(equation.axis, sizes) != equation.size:
            raise ValueError(_contradiction(equation, sizes, origin))
    return sizes


def value(axis: Axis, sizes: Mapping[str, int]) -> int:
    return prod(factor if isinstance(factor, int) else sizes[factor] for factor in axis.factors)


class _Equation:
    """The product of `axis.factors` is `size`, as `tensor` says."""

    def __init__(self, tensor: Tensor, axis: Axis, size: int) -> None:
        self.tensor = tensor
        self.axis = axis
        self.size = size

    def __str__(self) -> str:
        return f"{self.tensor.name} has {self.size} along {self.axis.name}"


def _is_constant(axis: Axis) -> bool:
    return all(isinstance(factor, int) for factor in axis.factors)


def _unknown(axis: Axis, known: Container[str]) -> list[str]:
    return [f for f in axis.factors if isinstance(f, str) and f not in known]


def _learn(equation: _Equation, sizes: Sizes, origin: dict[str, _Equation]) -> bool:
    """Finds the one unknown factor of an equation, if there is just one."""
    unknown = _unknown(equation.axis, sizes)
    if len(unknown) != 1:
        return False
    known = prod(f if isinstance(f, int) else sizes.get(f, 1) for f in equation.axis.factors)
    if known == 0:
        return False
    if equation.size % known != 0:
        others = [origin[f] for f in equation.axis.factors if f in origin]
        multiple = " times ".join(f"{o.axis.name} ({o})" for o in others) or str(known)
        raise ValueError(f"{equation}, which must be a multiple of {multiple}")
    sizes[unknown[0]] = equation.size // known
    origin[unknown[0]] = equation
    return True


def _contradiction(equation: _Equation, sizes: Sizes, origin: dict[str, _Equation]) -> str:
    wanted = value(equation.axis, sizes)
    names = [f for f in equation.axis.factors if isinstance(f, str)]
    if not names:
        return f"{equation}, and this kernel was built for {wanted}"
    known = "; ".join(str(origin[name]) for name in names if name in origin) or "as given"
    product = " * ".join(str(f) for f in equation.axis.factors)
    return f"{equation}, and {product} is {wanted} ({known})"
