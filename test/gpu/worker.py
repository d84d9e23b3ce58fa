"""Runs cases, one JSON line in and one out, until its input ends. A hang is the caller's to notice.

Repeat one case by hand: echo 'CASE' | python3 test/gpu/worker.py PACKAGE_DIRECTORY
"""

from __future__ import annotations

import functools
import importlib.util
import json
import math
import os
import re
import sys
from typing import Any

import torch

import reference
from cases import Case
from memory import Output, poisoned

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16}


@functools.cache
def load_package(directory: str) -> Any:
    """Imports a directory's package; packages of one name in several directories stay apart."""
    folder = os.path.realpath(directory)
    name = re.sub(r"\W", "_", folder)
    path = os.path.join(folder, "__init__.py")
    spec = importlib.util.spec_from_file_location(name, path, submodule_search_locations=[folder])
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


def make_inputs(case: Case) -> dict[str, torch.Tensor]:
    generator = torch.Generator("cuda").manual_seed(case.seed)
    dtype = DTYPES[case.dtype]

    def normal(*shape: int, times: float = 1.0) -> torch.Tensor:
        return torch.randn(shape, device="cuda", generator=generator).mul_(times).to(dtype)

    heads = case.kv_heads * case.group
    inputs = {
        "q": normal(case.batch, case.q_len, heads, case.d, times=case.magnitude),
        "k": normal(case.batch, case.kv_len, case.kv_heads, case.d),
        "v": normal(case.batch, case.kv_len, case.kv_heads, case.dv),
    }
    if case.feature == "alibi":
        inputs["slopes"] = torch.rand(heads, device="cuda", generator=generator)
    return inputs


def run(package: Any, case: Case) -> list[str]:
    """What is wrong with the kernel's results on this case."""
    inputs = make_inputs(case)
    scale = 1 / math.sqrt(case.d)
    expected = reference.attention(
        case.feature, *_qkv(inputs), scale, inputs.get("slopes"), case.limit
    )
    arguments = [poisoned(tensor, case.layout) for tensor in inputs.values()]
    kernel = getattr(package, case.kernel)
    heads = case.kv_heads * case.group
    o = Output((case.batch, case.q_len, heads, case.dv), DTYPES[case.dtype], case.layout)
    lse = Output((case.batch, heads, case.q_len), torch.float32, case.layout)
    if case.seed % 4 == 0:
        found_o, found_lse = kernel(*arguments)
    else:
        found_o, found_lse = kernel(*arguments, out=(o.view, lse.view))
    torch.cuda.synchronize()
    faults = reference.judge(expected, found_o, found_lse)
    faults += [
        f"{n} was written beyond its end" for n, x in (("o", o), ("lse", lse)) if x.was_overrun()
    ]
    return faults


def _qkv(inputs: dict[str, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    return inputs["q"], inputs["k"], inputs["v"]


def main() -> None:
    package = load_package(sys.argv[1])
    torch.empty(1, device="cuda")
    print(json.dumps({"ready": True}), flush=True)
    for line in sys.stdin:
        try:
            faults = run(package, Case(**json.loads(line)))
        except (
            Exception
        ) as error:  # a fault of this case; after a CUDA error all later ones fail too
            faults = [f"{type(error).__name__}: {error}"]
            print(json.dumps({"faults": faults, "broken": "CUDA" in faults[0]}), flush=True)
            continue
        print(json.dumps({"faults": faults}), flush=True)


if __name__ == "__main__":
    main()
