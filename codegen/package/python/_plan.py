"""Works out what a call's shapes, strides, dtypes and device determine, and remembers it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Callable, Optional, Sequence

import torch

from . import _library, _manifest
from ._checks import check_output, check_tensor, dtypes
from ._guard import Fits, fits_like, never
from ._layout import Layout
from ._sizes import given_dims, output_shapes, solve

Tensors = tuple[torch.Tensor, ...]
Launch = Callable[[Tensors, Tensors, tuple[Any, ...], int, int], int]
Buffer = tuple[tuple[int, ...], tuple[int, ...], torch.dtype]  # shape, strides

_MOST_PLANS = 4096


@dataclass(frozen=True)
class Plan:
    """A call's constants. `fits` recognises tensors that they hold for, if `given` is equal too."""

    fits: Fits
    given: tuple[int, ...]
    index: int  # of the device
    launch: Launch  # of inputs, outputs, scalars, workspace and stream
    error: Callable[[int], str]
    workspace: Optional[Buffer]
    outputs: tuple[Buffer, ...]


NO_PLAN = Plan(never, (), -1, lambda *_: 0, str, None, ())


class Plans:
    """The plans of one kernel, on the architectures that it was built for.

    `bind` makes a plan's launch of three: what packs the C structure, what launches with it, and
    the pieces of the structure.
    """

    def __init__(self, name: str, archs: Sequence[str], bind: Callable[..., Launch]) -> None:
        self._folder = Path(__file__).parent
        found = [_manifest.read(self._folder / f"{name}.{arch}.json") for arch in archs]
        self._manifests = {manifest.arch: manifest for manifest in found}
        self.manifest = found[0]
        self.given = given_dims(self.manifest)
        self._bind = bind
        self._layout = Layout(self.manifest)
        self._plans: dict[Any, Plan] = {}
        self._entries: dict[int, _library.Entry] = {}

    def find(self, inputs: Tensors, given: tuple[int, ...], outputs: Optional[Tensors]) -> Plan:
        """`outputs` are None where the call is to allocate them."""
        key = _key(inputs if outputs is None else inputs + outputs, given)
        return self._plans.get(key) or self._remember(key, self._make(inputs, given, outputs))

    def find_guarded(
        self, inputs: Tensors, given: tuple[int, ...], outputs: Optional[Tensors]
    ) -> Plan:
        """A plan that fits these tensors, if there was one already: only then it is worth it."""
        tensors = inputs if outputs is None else inputs + outputs
        key = _key(tensors, given)
        plan = self._plans.get(key)
        if plan is None:
            return self._remember(key, self._make(inputs, given, outputs))
        if plan.fits(*tensors):
            return plan
        return self._remember(key, replace(plan, fits=fits_like(tensors)))

    def _make(self, inputs: Tensors, given: tuple[int, ...], outputs: Optional[Tensors]) -> Plan:
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
        called = sizes, shapes + made, [*(t.stride() for t in inputs), *steps]
        entry = self._entry(device.index)
        with torch.cuda.device(device):
            workspace = entry.workspace(self._layout.structure(*called, 0))
        pieces = self._layout.pieces(self._layout.structure(*called, workspace))
        return Plan(
            fits=never,
            given=given,
            index=device.index,
            launch=self._bind(self._layout.pack, entry.launch, pieces),
            error=entry.error,
            workspace=((workspace,), (1,), torch.uint8) if workspace else None,
            outputs=tuple(zip(made, steps, [dtypes[t.dtype] for t in manifest.outputs])),
        )

    def _remember(self, key: Any, plan: Plan) -> Plan:
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


def _key(tensors: Tensors, given: tuple[int, ...]) -> Any:
    return tuple([(t.shape, t.stride(), t.dtype, t.get_device()) for t in tensors]), given


def _dense(shape: Sequence[int]) -> tuple[int, ...]:
    strides: list[int] = []
    step = 1
    for extent in reversed(shape):
        strides.insert(0, step)
        step *= max(extent, 1)
    return tuple(strides)
