"""Calls a kernel on torch tensors."""

from __future__ import annotations

import struct
from itertools import starmap
from typing import Any, Callable, Optional, Sequence

import torch

from ._operators import Operators
from ._plan import NO_PLAN, Launch, Plan, Plans, Tensors

_is_compiling = torch.compiler.is_compiling
_current_stream = getattr(torch._C, "_cuda_getCurrentRawStream", None)  # not in a torch for CPUs
# What torch.cuda.current_device asks once CUDA is initialised, as it is where a tensor is on a GPU.
_current_device = getattr(torch._C, "_cuda_getDevice", torch.cuda.current_device)


def _empty(shape: Sequence[int], strides: Sequence[int], dtype: torch.dtype) -> torch.Tensor:
    return torch.empty_strided(shape, strides, dtype=dtype, device="cuda")


# As code from torch.compile allocates on the current device, in a third of torch.empty's time.
_guards = getattr(getattr(torch._C, "_dynamo", None), "guards", None)
_allocate = getattr(_guards, "_empty_strided_cuda", _empty)


class Kernel:
    """One kernel of this package, on the architectures that it was built for."""

    def __init__(
        self, namespace: str, name: str, archs: Sequence[str], bind: Callable[..., Launch]
    ) -> None:
        self._plans = Plans(name, archs, bind)
        self.manifest = self._plans.manifest
        self.given = self._plans.given
        self._results = len(self.manifest.outputs)
        self._last = self._last_into = NO_PLAN  # without and with `out`
        self._operators = Operators(namespace, self)

    def call(
        self, inputs: Tensors, given: tuple[int, ...], scalars: tuple[Any, ...], out: Any
    ) -> Any:
        """Launches on the current stream of the tensors' device; never synchronises.

        `given` are the dims that no shape tells. Most calls are like the last one, and of the time
        that they take every step here counts.
        """
        if _is_compiling():
            return self._operate(inputs, given, scalars, out)
        if out is None:
            plan, tensors = self._last, inputs
        else:
            if type(out) is not tuple or len(out) != self._results:
                out = self._given_outputs(out)
            plan, tensors = self._last_into, inputs + out
        if plan.fits(*tensors) and plan.given == given and plan.index == _current_device():
            outputs = self._launch(plan, inputs, scalars, out)
            return outputs[0] if self._results == 1 else outputs
        return self._call_anew(inputs, given, scalars, out)

    def run(
        self,
        inputs: Tensors,
        given: tuple[int, ...],
        scalars: tuple[Any, ...],
        outputs: Optional[Tensors],
    ) -> Tensors:
        """As `call`, from torch's dispatcher."""
        plan = self._plans.find(inputs, given, outputs)
        return self._launch_there(plan, inputs, scalars, outputs)

    def _call_anew(
        self, inputs: Tensors, given: tuple[int, ...], scalars: tuple[Any, ...], out: Any
    ) -> Any:
        """A call that is not like the last one; the next one may be like this."""
        if not _are_plain(inputs):
            return self._operate(inputs, given, scalars, out)
        outputs = None if out is None else self._given_outputs(out)
        plan = self._plans.find_guarded(inputs, given, outputs)
        if outputs is None:
            self._last = plan
        else:
            self._last_into = plan
        results = self._launch_there(plan, inputs, scalars, outputs)
        return results[0] if self._results == 1 else results

    def _operate(
        self, inputs: Tensors, given: tuple[int, ...], scalars: tuple[Any, ...], out: Any
    ) -> Any:
        """Through torch's dispatcher."""
        outputs = None if out is None else self._given_outputs(out)
        results = self._operators.call(inputs, given + scalars, outputs)
        return results[0] if self._results == 1 else tuple(results)

    def _launch_there(
        self, plan: Plan, inputs: Tensors, scalars: tuple[Any, ...], outputs: Optional[Tensors]
    ) -> Tensors:
        if _current_device() == plan.index:
            return self._launch(plan, inputs, scalars, outputs)
        with torch.cuda.device(plan.index):
            return self._launch(plan, inputs, scalars, outputs)

    def _launch(
        self, plan: Plan, inputs: Tensors, scalars: tuple[Any, ...], outputs: Optional[Tensors]
    ) -> Tensors:
        """Where the plan's device is the current one."""
        if outputs is None:
            outputs = tuple(starmap(_allocate, plan.outputs))
        scratch = plan.workspace and _allocate(*plan.workspace)
        workspace = 0 if scratch is None else scratch.data_ptr()
        try:
            code = plan.launch(inputs, outputs, scalars, workspace, _current_stream(plan.index))
        except struct.error as error:
            names = ", ".join(scalar.name for scalar in self.manifest.scalars)
            raise TypeError(f"{self.manifest.kernel}: {names}: {error}") from None
        if code:
            raise RuntimeError(f"{self.manifest.kernel}: {plan.error(code)}")
        return outputs

    def _given_outputs(self, out: Any) -> Tensors:
        outputs = (out,) if isinstance(out, torch.Tensor) else tuple(out)
        names = [tensor.name for tensor in self.manifest.outputs]
        if len(outputs) != len(names) or not all(isinstance(t, torch.Tensor) for t in outputs):
            raise TypeError(f"{self.manifest.kernel}: out must be the tensors ({', '.join(names)})")
        return outputs


def _are_plain(inputs: Tensors) -> bool:
    """Fake tensors, subclasses and tensors with a gradient go through torch's dispatcher."""
    graph = torch.is_grad_enabled()
    for tensor in inputs:
        if type(tensor) is not torch.Tensor or (graph and tensor.requires_grad):
            return False
    return True
