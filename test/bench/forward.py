"""Forward attention against cuDNN and FlashAttention-2 (through torch), in interleaved rounds.

python3 test/bench/forward.py --variant tilewright=build/gpu/bench --commit ID --json FILE

Every entry reads the same tensors. Each round times every entry once, so that a change of clock
meets all of them; the figure is the median of the rounds. What was timed is then verified.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import statistics
import sys
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Iterator

import torch
import triton
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.functional import scaled_dot_product_attention

sys.path.insert(0, str(Path(__file__).parent.parent / "gpu"))

import machine  # noqa: E402
import reference  # noqa: E402
from worker import load_package  # noqa: E402

TOKENS = 16384
WIDTH = 2048
SHAPE_SECONDS = 240
PEERS = {"FA2": SDPBackend.FLASH_ATTENTION, "cuDNN": SDPBackend.CUDNN_ATTENTION}


@dataclass(frozen=True)
class Shape:
    d: int
    s: int
    causal: bool

    @property
    def sizes(self) -> tuple[int, int, int, int]:
        """Batch, heads, positions, head dimension."""
        return TOKENS // self.s, WIDTH // self.d, self.s, self.d

    def teraflops(self, milliseconds: float) -> float:
        batch, heads, s, d = self.sizes
        return 4 * batch * heads * s * s * d / (2 if self.causal else 1) / milliseconds / 1e9


@dataclass(frozen=True)
class Entry:
    """What is timed, where its result [b, h, s, d] is then, and how torch chooses a backend."""

    call: Callable[[], Any]
    result: Callable[[], torch.Tensor]
    context: Callable[[], Any] = nullcontext

    def time(self, warmup: int, repeat: int) -> float:
        """Milliseconds, the median of do_bench, which clears the L2 cache before each run."""
        with self.context():
            return triton.testing.do_bench(
                self.call, warmup=warmup, rep=repeat, return_mode="median"
            )


class Problem:
    """The tensors of a shape, [b, h, s, d] in memory, which torch's backends take as they are."""

    def __init__(self, shape: Shape, dtype: torch.dtype) -> None:
        self.shape = shape
        self.q, self.k, self.v = (
            torch.randn(shape.sizes, device="cuda").to(dtype) for _ in range(3)
        )

    def variant(self, kernel: Callable[..., Any]) -> Entry:
        """Writes into a result that begins as NaN."""
        inputs = [tensor.transpose(1, 2) for tensor in (self.q, self.k, self.v)]
        o = torch.full_like(self.q, torch.nan)
        lse = torch.empty(self.q.shape[:3], dtype=torch.float32, device="cuda")
        out = (o.transpose(1, 2), lse)
        return Entry(lambda: kernel(*inputs, out=out), lambda: o)

    def peer(self, backend: SDPBackend) -> Entry:
        results: list[torch.Tensor] = []

        def call() -> None:
            results[:] = [
                scaled_dot_product_attention(self.q, self.k, self.v, is_causal=self.shape.causal)
            ]

        return Entry(call, lambda: results[0], lambda: sdpa_kernel(backend))

    def verify(self, o: torch.Tensor, tiles: int = 6) -> list[str]:
        """Faults among some tiles of 64 rows against float64, and anything not finite anywhere."""
        batch, heads, s, _ = self.shape.sizes
        faults = [] if bool(torch.isfinite(o).all()) else ["o is not finite"]
        feature = "causal" if self.shape.causal else "dense"
        for i in range(tiles):
            b, h = (i * 5) % batch, (i * 7) % heads
            row = (s - 64) * i // (tiles - 1)
            keys = row + 64 if self.shape.causal else s
            part = [t[b : b + 1, h : h + 1].transpose(1, 2) for t in (self.q, self.k, self.v)]
            q, k, v = part[0][:, row : row + 64], part[1][:, :keys], part[2][:, :keys]
            expected = reference.attention(feature, q, k, v, self.shape.d**-0.5)
            found = o[b : b + 1, h : h + 1, row : row + 64].transpose(1, 2)
            faults += [f"b={b} h={h} q={row}: {x}" for x in reference.judge(expected, found, None)]
        return faults


def measure(shape: Shape, variants: dict[str, Any], options: argparse.Namespace) -> dict[str, Any]:
    problem = Problem(shape, machine.DTYPES[options.dtype])
    entries = {name: problem.variant(pick(shape)) for name, pick in variants.items()}
    entries |= {name: problem.peer(backend) for name, backend in PEERS.items()}
    times: dict[str, list[float]] = {name: [] for name in entries}
    clocks = []
    for round_number in range(options.rounds):
        # Another order each round: whoever follows a hot kernel is not always the same.
        names = list(entries)
        for name in names[round_number % len(names) :] + names[: round_number % len(names)]:
            times[name].append(entries[name].time(options.warmup, options.repeat))
        clocks.append(machine.clocks())
    faults = {name: problem.verify(entry.result()) for name, entry in entries.items()}
    return {
        "d": shape.d,
        "s": shape.s,
        "causal": shape.causal,
        "batch": shape.sizes[0],
        "heads": shape.sizes[1],
        "milliseconds": {name: [round(t, 5) for t in found] for name, found in times.items()},
        "faults": {name: found for name, found in faults.items() if found},
        "clocks": clocks,
    }


def shapes(options: argparse.Namespace) -> Iterator[Shape]:
    for d in options.d:
        for s in options.s:
            for causal in (False, True):
                yield Shape(d, s, causal)


def row(found: dict[str, Any]) -> str:
    shape = Shape(found["d"], found["s"], found["causal"])
    rates = {n: shape.teraflops(statistics.median(t)) for n, t in found["milliseconds"].items()}
    text = " ".join(f"{name} {rate:6.1f}" for name, rate in rates.items())
    ratios = " ".join(
        f"{name}/FA2 {rate / rates['FA2']:.3f}" for name, rate in rates.items() if name not in PEERS
    )
    return f"D={shape.d} S={shape.s:5} causal={shape.causal!s:5} {text} TFLOP/s  {ratios}"


def geometric_means(results: list[dict[str, Any]], variants: list[str]) -> dict[str, float]:
    def ratio(found: dict[str, Any], name: str) -> float:
        times = found["milliseconds"]
        return statistics.median(times["FA2"]) / statistics.median(times[name])

    return {
        name: round(statistics.geometric_mean([ratio(found, name) for found in results]), 4)
        for name in variants
    }


def main() -> int:
    options = _options()
    chosen = dict(text.split("=", 1) for text in options.variant)
    variants = {name: _picker(path, options.dtype) for name, path in chosen.items()}
    results = []
    for shape in shapes(options):
        faulthandler.dump_traceback_later(SHAPE_SECONDS, exit=True)
        torch.manual_seed(shape.d + shape.s)
        results.append(measure(shape, variants, options))
        print(row(results[-1]), *results[-1]["faults"].items(), flush=True)
        # After each shape: what was measured is kept if the machine goes away.
        how = {"warmup": options.warmup, "rep": options.repeat, "return_mode": "median"}
        body = {"dtype": options.dtype, "rounds": options.rounds, "do_bench": how}
        machine.record(options, "forward", {**body, "peers": list(PEERS), "results": results})
    print(json.dumps({"geometric mean over FA2": geometric_means(results, list(chosen))}))
    return 1 if any(name in found["faults"] for found in results for name in chosen) else 0


def _picker(path: str, dtype: str) -> Callable[[Shape], Any]:
    """The kernel of a package for a shape."""
    package = load_package(path)
    index = json.loads(Path(path).with_suffix(".json").read_text())
    names = {
        (k["feature"], k["d"]): k["name"]
        for k in index["kernels"]
        if k["dtype"] == dtype and k["dv"] == k["d"]
    }
    return lambda shape: getattr(package, names["causal" if shape.causal else "dense", shape.d])


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--variant", action="append", required=True, help="NAME=PACKAGE_DIRECTORY")
    parser.add_argument("--dtype", default="bf16", choices=sorted(machine.DTYPES))
    parser.add_argument("--d", type=int, nargs="+", default=[64, 128])
    parser.add_argument("--s", type=int, nargs="+", default=[1024, 4096, 16384])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--warmup", type=int, default=50, help="milliseconds")
    parser.add_argument("--repeat", type=int, default=200, help="milliseconds")
    machine.add_record_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
