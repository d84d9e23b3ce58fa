"""Calls a kernel on torch tensors; what depends on shapes alone is worked out once and kept."""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Optional, Sequence

import torch

from . import _library, _manifest
from ._checks import check_output, check_tensor, dtypes
from ._layout import Layout
from ._operators import Operators
from ._sizes import given_dims, output_shapes, solve

Tensors = Sequence[torch.Tensor]

_MOST_PLANS = 4096

_allocate = torch.empty_strided  # its arguments are parsed in half the time that torch.empty takes
_current_device = torch.cuda.current_device
_current_stream = getattr(torch._C, "_cuda_getCurrentRawStream", None)  # not in a torch for CPUs


@dataclass(frozen=True)
class _Plan:
    """A call's constants: everything but pointers, scalars and the stream."""

    device: torch.device
    index: int
    entry: _library.Entry
    values: list[Any]
    workspace: int
    outputs: tuple[tuple[tuple[int, ...], tuple[int, ...], torch.dtype], ...]


class Kernel:
    """One kernel of this package, on the architectures that it was built for."""

    def __init__(self, namespace: str, name: str, archs: Sequence[str]) -> None:
        self._folder = Path(__file__).parent
        found = [_manifest.read(self._folder / f"{name}.{arch}.json") for arch in archs]
        self._manifests = {manifest.arch: manifest for manifest in found}
        self.manifest = found[0]
        self.given = given_dims(self.manifest)
        self._layout = Layout(self.manifest)
        self._plans: dict[Any, _Plan] = {}
        self._entries: dict[int, _library.Entry] = {}
        self._operators = Operators(namespace, self)

    def __call__(
        self, inputs: tuple[torch.Tensor, ...], numbers: tuple[Any, ...], out: Any = None
    ) -> Any:
        """`numbers` are the dims that no shape tells, then the scalars."""
        outputs = None if out is None else self._given_outputs(out)
        if torch.compiler.is_compiling() or not _are_plain(inputs):
            results = self._operators.call(inputs, numbers, outputs)
        else:
            results = self.run(inputs, numbers, outputs)
        return results[0] if len(self.manifest.outputs) == 1 else tuple(results)

    def run(
        self, inputs: tuple[torch.Tensor, ...], numbers: tuple[Any, ...], outputs: Optional[Tensors]
    ) -> Tensors:
        """Launches on the current stream of the tensors' device; never synchronises."""
        given = numbers[: len(self.given)]
        tensors = inputs if outputs is None else (*inputs, *outputs)
        key = (tuple([(t.shape, t.stride(), t.dtype, t.get_device()) for t in tensors]), given)
        plan = self._plans.get(key)
        if plan is None:
            plan = self._remember(key, self._plan(inputs, given, outputs))
        if _current_device() != plan.index:
            with torch.cuda.device(plan.index):
                return self.run(inputs, numbers, outputs)
        if outputs is None:
            device = plan.device
            outputs = [_allocate(n, s, dtype=t, device=device) for n, s, t in plan.outputs]
            tensors = (*inputs, *outputs)
        layout = self._layout
        values = plan.values.copy()
        for slot, tensor in zip(layout.pointers, tensors):
            values[slot] = tensor.data_ptr()
        for slot, number in zip(layout.scalars, numbers[len(given) :]):
            values[slot] = number
        if plan.workspace:
            scratch = torch.empty(plan.workspace, dtype=torch.uint8, device=plan.device)
            values[layout.workspace] = scratch.data_ptr()
        try:
            packed = layout.pack(*values)
        except struct.error as error:
            names = ", ".join(scalar.name for scalar in self.manifest.scalars)
            raise TypeError(f"{self.manifest.kernel}: {names}: {error}") from None
        code = plan.entry.launch(packed, _current_stream(plan.index))
        if code:
            raise RuntimeError(f"{self.manifest.kernel}: {plan.entry.error(code)}")
        return outputs

    def _plan(self, inputs: Tensors, given: tuple[int, ...], outputs: Optional[Tensors]) -> _Plan:
        """Checks the tensors of a call, solves its sizes, asks the launcher for its workspace."""
        manifest, device = self.manifest, getattr(inputs[0], "device", None)
        for tensor, spec in zip(inputs, manifest.inputs):
            check_tensor(manifest.kernel, tensor, spec, device)
        shapes = [tuple(t.shape) for t in inputs]
        try:
            sizes = solve(manifest.inputs, shapes, dict(zip(self.given, given)))
        except ValueError as error:
            raise ValueError(f"{manifest.kernel}: {error}") from None
        made = output_shapes(manifest, shapes, sizes)
        for shape, spec, tensor in zip(made, manifest.outputs, outputs or ()):
            check_tensor(manifest.kernel, tensor, spec, device)
            check_output(manifest.kernel, tensor, spec, shape)
        steps = [t.stride() for t in outputs] if outputs else [_dense(shape) for shape in made]
        strides = [*(t.stride() for t in inputs), *steps]
        values = self._layout.constants(sizes, shapes + made, strides)
        entry = self._entry(device.index)
        with torch.cuda.device(device):
            workspace = entry.workspace(self._layout.pack(*values))
        values[self._layout.workspace_bytes] = workspace
        kinds = [dtypes[t.dtype] for t in manifest.outputs]
        results = tuple(zip(made, steps, kinds))
        return _Plan(device, device.index, entry, values, workspace, results)

    def _given_outputs(self, out: Any) -> tuple[torch.Tensor, ...]:
        outputs = (out,) if isinstance(out, torch.Tensor) else tuple(out)
        names = [tensor.name for tensor in self.manifest.outputs]
        if len(outputs) != len(names) or not all(isinstance(t, torch.Tensor) for t in outputs):
            raise TypeError(f"{self.manifest.kernel}: out must be the tensors ({', '.join(names)})")
        return outputs

    def _remember(self, key: Any, plan: _Plan) -> _Plan:
        if len(self._plans) >= _MOST_PLANS:
            self._plans.clear()
        self._plans[key] = plan
        return plan

    def _entry(self, device: int) -> _library.Entry:
        """Compiled and loaded on the first call on a device."""
        if device not in self._entries:
            capability = torch.cuda.get_device_capability(device)
            manifest = _library.choose(self._manifests, capability)
            self._entries[device] = _library.load(self._folder, manifest, capability)
        return self._entries[device]


def _are_plain(inputs: Tensors) -> bool:
    """Fake tensors, subclasses and tensors with a gradient go through torch's dispatcher."""
    graph = torch.is_grad_enabled()
    for tensor in inputs:
        if type(tensor) is not torch.Tensor or (graph and tensor.requires_grad):
            return False
    return True


def _dense(shape: Sequence[int]) -> tuple[int, ...]:
    strides: list[int] = []
    step = 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= max(extent, 1)
    return tuple(strides)
