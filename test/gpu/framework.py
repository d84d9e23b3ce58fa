"""How a generated package behaves inside torch: operators, compilation, graphs, streams, errors.

python3 test/gpu/framework.py build/gpu/matrix [--json FILE]
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import sys
import traceback
from pathlib import Path
from typing import Any, Callable

import torch

import host_time
import machine
from worker import load_package

D = 64
SECONDS = 180  # deadline of one check: a kernel that hangs ends the process with a traceback
Check = Callable[[Any], Any]


def tensors(q_len: int = 130, kv_len: int = 203, heads: int = 8, kv_heads: int = 2, batch: int = 2):
    shapes = ((batch, q_len, heads, D), (batch, kv_len, kv_heads, D), (batch, kv_len, kv_heads, D))
    return [torch.randn(shape, device="cuda").half() for shape in shapes]


def operator_checks(kernels: Any) -> None:
    for operator, arguments, numbers in (
        (kernels.operator("causal"), tensors(), {}),
        (kernels.operator("alibi"), [*tensors(), torch.rand(8, device="cuda")], {}),
    ):
        torch.library.opcheck(operator, tuple(arguments), numbers)
    q, k, v = tensors()
    written = {"o": torch.empty_like(q), "lse": torch.empty(2, 8, 130, device="cuda")}
    torch.library.opcheck(kernels.operator("causal_out"), (q, k, v), written)


def compiles_whole(kernels: Any) -> None:
    """One graph, the same numbers, and no new compilation for another length once dynamic."""

    def model(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        o, lse = kernels.causal(q * 2, k, v)
        return o.float() * 0.5 + lse.transpose(1, 2)[..., None]

    compiled = torch.compile(model, fullgraph=True)
    for length in (130, 65, 203, 99):
        q, k, v = tensors(q_len=length)
        torch.testing.assert_close(compiled(q, k, v), model(q, k, v))
    counters = torch._dynamo.utils.counters["stats"]
    assert counters["unique_graphs"] <= 2, f"{counters['unique_graphs']} graphs for 4 lengths"


def compiles_into_outputs(kernels: Any) -> None:
    def model(
        q: torch.Tensor, k: torch.Tensor, v: torch.Tensor, o: torch.Tensor, lse: torch.Tensor
    ):
        kernels.causal(q, k, v, out=(o, lse))
        return o + 1

    q, k, v = tensors()
    o, lse = torch.zeros_like(q), torch.zeros(2, 8, 130, device="cuda")
    found = torch.compile(model, fullgraph=True)(q, k, v, o, lse)
    expected = kernels.causal(q, k, v)
    assert torch.equal(o, expected[0]) and torch.equal(lse, expected[1])
    assert torch.equal(found, o + 1)


def graphs_replay(kernels: Any) -> None:
    q, k, v = tensors()
    kernels.causal(q, k, v)
    graph = torch.cuda.CUDAGraph()
    with torch.cuda.graph(graph):
        o, lse = kernels.causal(q, k, v)
    for _ in range(3):
        for tensor, fresh in zip((q, k, v), tensors()):
            tensor.copy_(fresh)
        graph.replay()
        expected = kernels.causal(q, k, v)
        assert torch.equal(o, expected[0]) and torch.equal(lse, expected[1])


def repeats_are_equal(kernels: Any) -> None:
    q, k, v = tensors(1024, 1024, batch=4)
    first = kernels.causal(q, k, v)
    for _ in range(50):
        again = kernels.causal(q, k, v)
        assert all(torch.equal(a, b) for a, b in zip(first, again))


def runs_on_current_stream(kernels: Any) -> None:
    """The inputs become right only after a long sleep on the stream that launches."""
    good, stream = tensors(), torch.cuda.Stream()
    expected = kernels.causal(*good)
    late = [torch.full_like(tensor, 7.0) for tensor in good]
    torch.cuda.synchronize()
    with torch.cuda.stream(stream):
        torch.cuda._sleep(50_000_000)
        for tensor, value in zip(late, good):
            tensor.copy_(value)
        found = kernels.causal(*late)
    stream.synchronize()
    assert all(torch.equal(a, b) for a, b in zip(found, expected))


def refuses(kernels: Any) -> list[str]:
    """Each bad call's sentence; every one names what is wrong in the author's words."""
    q, k, v = tensors()
    transposed = q.transpose(2, 3).contiguous().transpose(2, 3)
    shifted = torch.empty(q.numel() + 1, dtype=q.dtype, device="cuda")[1:].view_as(q)
    out = (torch.empty_like(q), torch.empty(2, 8, 130, device="cuda", dtype=torch.float64))
    calls = {
        "k is on cpu": lambda: kernels.causal(q, k.cpu(), v),
        "q is torch.bfloat16": lambda: kernels.causal(q.bfloat16(), k, v),
        "must be a multiple of hkv": lambda: kernels.causal(q[:, :, :7], k, v),
        "v has 202 along kv": lambda: kernels.causal(q, k, v[:, 1:]),
        "built for 64": lambda: kernels.causal(q[..., :32], k[..., :32], v),
        "has 3 axes": lambda: kernels.causal(q[0], k, v),
        "along d, which must be 1": lambda: kernels.causal(transposed, k, v),
        "multiple of 16 bytes": lambda: kernels.causal(shifted, k, v),
        "lse is torch.float64": lambda: kernels.causal(q, k, v, out=out),
        "out must be": lambda: kernels.causal(q, k, v, out=(out[0],)),
        "share memory": lambda: kernels.causal(
            q, k, v, out=(q[:1].expand(2, -1, -1, -1), out[1].float())
        ),
    }
    sentences = []
    for words, call in calls.items():
        try:
            call()
        except (TypeError, ValueError, RuntimeError) as error:
            assert words in str(error), f"{words!r} is not in: {error}"
            sentences.append(str(error))
        else:
            raise AssertionError(f"no error for: {words}")
    return sentences


def large_offsets(kernels: Any) -> None:
    """Elements more than 2^31 apart along every axis but the last."""
    for axis, shape in ((0, (2, 65, 2, D)), (1, (1, 65, 2, D)), (2, (1, 65, 2, D))):
        near = [torch.randn(shape, device="cuda").half() for _ in range(3)]
        far = [_spread(tensor, axis) for tensor in near]
        o = _spread(torch.zeros_like(near[0]), axis)
        lse = torch.empty(shape[0], shape[2], shape[1], device="cuda")
        kernels.causal(*far, out=(o, lse))
        expected = kernels.causal(*near)
        assert torch.equal(o, expected[0]), f"o differs, axis {axis}"
        assert torch.equal(lse, expected[1]), f"lse differs, axis {axis}"
        del far, o
        torch.cuda.empty_cache()


def _spread(tensor: torch.Tensor, axis: int) -> torch.Tensor:
    """The same values, the elements of one axis spread over more than 2^31 elements of storage."""
    steps = list(tensor.stride())
    extent = tensor.shape[axis]
    steps[axis] = -(-((1 << 31) + (1 << 16)) // (extent - 1) // 8) * 8
    size = sum((n - 1) * step for n, step in zip(tensor.shape, steps)) + 1
    view = torch.empty(size, dtype=tensor.dtype, device="cuda").as_strided(tensor.shape, steps)
    return view.copy_(tensor)


def huge_grids(kernels: Any) -> None:
    """More (batch, head) pairs than 65535, each of one query."""
    q, k, v = tensors(1, 3, heads=4, kv_heads=2, batch=40_000)
    o, lse = kernels.causal(q, k, v)
    for rows in (slice(0, 8), slice(-8, None)):
        part = kernels.causal(q[rows], k[rows], v[rows])
        assert torch.equal(o[rows], part[0]) and torch.equal(lse[rows], part[1])


def masked_nan_stays_out(kernels: Any) -> None:
    """Keys that no query sees are NaN in k and v; nothing of them reaches a result."""
    q, k, v = tensors(70, 300)
    expected = kernels.window(q, k, v)  # the first query sees keys 131 and later
    k[:, :131] = torch.nan
    v[:, :131] = torch.nan
    found = kernels.window(q, k, v)
    assert all(torch.equal(a, b) for a, b in zip(found, expected))


def attended_nan_shows(kernels: Any) -> None:
    q, k, v = tensors(70, 70, heads=2)
    k[0, 50, 0] = torch.nan
    o, lse = kernels.causal(q, k, v)
    seen = torch.arange(70, device="cuda") >= 50
    assert bool(o[0, seen, 0].isnan().all()) and bool(lse[0, 0, seen].isnan().all())
    assert not bool(o[0, ~seen].isnan().any()) and not bool(o[1].isnan().any())


def broadcast_inputs(kernels: Any) -> None:
    """Strides of 0 are strides like any other."""
    q, k, v = tensors()
    wide = [k[:1].expand(2, -1, -1, -1), v[:1].expand(2, -1, -1, -1)]
    found = kernels.causal(q, *wide)
    expected = kernels.causal(q, *[tensor.contiguous() for tensor in wide])
    assert all(torch.equal(a, b) for a, b in zip(found, expected))


CHECKS: tuple[Check, ...] = (
    host_time.measure,  # first: once torch has compiled something, every call of this process costs more
    operator_checks,
    compiles_whole,
    compiles_into_outputs,
    graphs_replay,
    repeats_are_equal,
    runs_on_current_stream,
    refuses,
    large_offsets,
    huge_grids,
    masked_nan_stays_out,
    attended_nan_shows,
    broadcast_inputs,
)


class Kernels:
    """The float16 kernels of a package at head dimension 64, by feature."""

    def __init__(self, package: Any, index: dict[str, Any]) -> None:
        self._package = package
        for entry in index["kernels"]:
            if entry["dtype"] == "f16" and entry["d"] == entry["dv"] == D:
                setattr(self, entry["feature"], getattr(package, entry["name"]))

    def operator(self, name: str) -> Any:
        feature, _, suffix = name.partition("_")
        kernel = getattr(self, feature).__name__
        namespace = getattr(torch.ops, self._package.NAMESPACE)
        return getattr(namespace, kernel + (f"_{suffix}" if suffix else "")).default


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    machine.add_record_options(parser)
    options = parser.parse_args()
    path = Path(options.package)
    index = json.loads(path.with_suffix(".json").read_text())
    kernels = Kernels(load_package(str(path)), index)
    results = []
    for check in CHECKS:
        torch.manual_seed(11)
        faulthandler.dump_traceback_later(SECONDS, exit=True)
        try:
            found: Any = check(kernels)
            results.append({"check": check.__name__, "ok": True, "found": found})
            print(f"ok   {check.__name__}" + (f": {json.dumps(found)}" if found else ""))
        except Exception as error:  # the next checks are still worth running
            results.append({"check": check.__name__, "ok": False, "found": str(error)})
            print(f"FAIL {check.__name__}: {traceback.format_exc(limit=-3)}")
    faulthandler.cancel_dump_traceback_later()
    machine.record(options, "framework", {"results": results})
    failed = sum(not result["ok"] for result in results)
    print(json.dumps({"checks": len(results), "failed": failed}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
