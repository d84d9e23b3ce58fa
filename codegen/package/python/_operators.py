"""Registers a kernel with torch.library, once as a function and once writing given outputs.

torch.compile, torch.export and autograd see one opaque operator per call. There is no backward.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Optional, Sequence

import torch

from ._checks import dtypes
from ._sizes import output_shapes

if TYPE_CHECKING:
    from ._kernel import Kernel

_SCHEMA_TYPES = {"f32": "float", "i32": "int", "bool": "bool"}
_ALIASES = "abcdefghijklmnopqrstuvwxyz"
_libraries: dict[str, torch.library.Library] = {}


class Operators:
    """`<kernel>(inputs, *, numbers) -> outputs` and `<kernel>_out(inputs, *, numbers, outputs)`."""

    def __init__(self, namespace: str, kernel: Kernel) -> None:
        manifest = kernel.manifest
        name = manifest.kernel
        self._kernel = kernel
        self._numbers = (*kernel.given, *(s.name for s in manifest.scalars))
        self._outputs = tuple(t.name for t in manifest.outputs)
        inputs = [f"Tensor {t.name}" for t in manifest.inputs]
        numbers = [f"SymInt {name}" for name in kernel.given]
        numbers += [f"{_SCHEMA_TYPES[s.type]} {s.name}" for s in manifest.scalars]
        written = [f"Tensor({_ALIASES[i]}!) {n}" for i, n in enumerate(self._outputs)]
        results = ", ".join("Tensor" for _ in self._outputs)
        results = results if len(self._outputs) == 1 else f"({results})"
        library = _library(namespace)
        library.define(f"{name}({_arguments(inputs, numbers)}) -> {results}", tags=_tags())
        library.define(f"{name}_out({_arguments(inputs, numbers + written)}) -> ()", tags=_tags())
        library.impl(name, self._function, "CUDA")
        library.impl(f"{name}_out", self._into, "CUDA")
        torch.library.register_fake(f"{namespace}::{name}", self._fake, lib=library)
        torch.library.register_fake(f"{namespace}::{name}_out", self._fake_into, lib=library)
        self.function = getattr(getattr(torch.ops, namespace), name).default
        self.into = getattr(getattr(torch.ops, namespace), f"{name}_out").default

    def call(
        self,
        inputs: Sequence[torch.Tensor],
        numbers: Sequence[Any],
        outputs: Optional[Sequence[torch.Tensor]],
    ) -> Sequence[torch.Tensor]:
        named = dict(zip(self._numbers, numbers))
        if outputs is None:
            results = self.function(*inputs, **named)
            return (results,) if isinstance(results, torch.Tensor) else results
        self.into(*inputs, **named, **dict(zip(self._outputs, outputs)))
        return outputs

    def _function(self, *inputs: torch.Tensor, **numbers: Any) -> Any:
        return self._results(self._kernel.run(inputs, *self._ordered(numbers), None))

    def _into(self, *inputs: torch.Tensor, **named: Any) -> None:
        outputs = tuple([named[name] for name in self._outputs])
        self._kernel.run(inputs, *self._ordered(named), outputs)

    def _fake(self, *inputs: torch.Tensor, **numbers: Any) -> Any:
        manifest = self._kernel.manifest
        given = {name: numbers[name] for name in self._kernel.given}
        shapes = output_shapes(manifest, [t.shape for t in inputs], given)
        kinds = [dtypes[t.dtype] for t in manifest.outputs]
        return self._results([inputs[0].new_empty(s, dtype=d) for s, d in zip(shapes, kinds)])

    def _fake_into(self, *_inputs: torch.Tensor, **_named: Any) -> None:
        return None

    def _ordered(self, named: dict[str, Any]) -> tuple[tuple[Any, ...], tuple[Any, ...]]:
        """The given dims, and the scalars."""
        numbers = tuple([named[name] for name in self._numbers])
        return numbers[: len(self._kernel.given)], numbers[len(self._kernel.given) :]

    def _results(self, outputs: Sequence[torch.Tensor]) -> Any:
        return outputs[0] if len(outputs) == 1 else tuple(outputs)


def _library(namespace: str) -> torch.library.Library:
    if namespace not in _libraries:
        _libraries[namespace] = torch.library.Library(namespace, "DEF")
    return _libraries[namespace]


def _arguments(inputs: Sequence[str], keywords: Sequence[str]) -> str:
    return ", ".join([*inputs, *(["*", *keywords] if keywords else [])])


def _tags() -> tuple[torch.Tag, ...]:
    """Strides are part of a kernel's contract: the compiler must hand tensors over as they are."""
    exact = getattr(torch.Tag, "needs_exact_strides", torch.Tag.needs_fixed_stride_order)
    return (torch.Tag.pt2_compliant_tag, exact)
