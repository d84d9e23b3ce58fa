"""Masks and score functions against FlexAttention, in interleaved rounds.

tilewright package test/bench/kernels/variants.ts --arch sm_90a --set T=bf16 --out build/variants
python3 test/bench/variants.py --package build/variants --commit ID --json FILE

FlexAttention is given its block mask, whose making is timed beside it; the kernels begin with
nothing and make their own summaries of masks, which count. Every entry reads the same tensors,
each round times every entry once, and the figure is the median of the rounds. What was timed is
then verified.
"""

from __future__ import annotations

import argparse
import faulthandler
import json
import os
import random
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable

# Its pool of compiling processes can hang beside a CUDA context.
os.environ.setdefault("TORCHINDUCTOR_COMPILE_THREADS", "1")

import torch  # noqa: E402
import triton  # noqa: E402
from torch.nn.attention.flex_attention import create_block_mask, flex_attention  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent.parent / "gpu"))

import machine  # noqa: E402
from worker import load_package  # noqa: E402

BATCH, HEADS, S, D = 1, 16, 16384, 128
DOCUMENTS = 12
VARIANT_SECONDS = 150
TOLERANCE = {torch.float16: 1e-3, torch.bfloat16: 6e-3}  # of the norm of o, against float64

Index = torch.Tensor
Score = Callable[[torch.Tensor, Index, Index, Index, Index], torch.Tensor]
Mask = Callable[[Index, Index, Index, Index], torch.Tensor]


@dataclass(frozen=True)
class Variant:
    """The same mathematics for both: kernels of the package, and FlexAttention's two functions."""

    name: str
    kernels: tuple[str, ...]
    mask: Mask | None = None
    score: Score | None = None
    extra: tuple[torch.Tensor, ...] = ()


def document_lengths() -> list[int]:
    """Seeded, no multiples of anything."""
    cuts = sorted(random.Random(7).sample(range(1, S), DOCUMENTS - 1))
    return [end - start for start, end in zip([0, *cuts], [*cuts, S])]


def variants() -> list[Variant]:
    slopes = torch.tensor([2.0 ** (-8 * (h + 1) / HEADS) for h in range(HEADS)], device="cuda")
    lengths = torch.tensor(document_lengths(), device="cuda")
    documents = torch.arange(DOCUMENTS, device="cuda").repeat_interleave(lengths).int()

    def causal(b: Index, h: Index, q: Index, kv: Index) -> torch.Tensor:
        return q >= kv

    def window(b: Index, h: Index, q: Index, kv: Index) -> torch.Tensor:
        return (q >= kv) & (q - kv < 1024)

    def packed(b: Index, h: Index, q: Index, kv: Index) -> torch.Tensor:
        return (q >= kv) & (documents[q] == documents[kv])

    def softcap(s: torch.Tensor, b: Index, h: Index, q: Index, kv: Index) -> torch.Tensor:
        return 30 * torch.tanh(s / 30)

    def alibi(s: torch.Tensor, b: Index, h: Index, q: Index, kv: Index) -> torch.Tensor:
        return s + slopes[h] * (kv - q)

    return [
        Variant("none", ("dense",)),
        Variant("causal", ("causal",), causal),
        Variant("causal, softcap", ("softcap", "softcap_approx"), causal, softcap),
        Variant("causal, ALiBi", ("alibi",), causal, alibi, (slopes,)),
        Variant("causal window 1024", ("window",), window),
        Variant("causal, 12 documents", ("documents",), packed, None, (documents[None],)),
    ]


class Tensors:
    """[b, h, s, d] in memory."""

    def __init__(self, dtype: torch.dtype) -> None:
        shape = (BATCH, HEADS, S, D)
        self.q, self.k, self.v = (torch.randn(shape, device="cuda").to(dtype) for _ in range(3))

    def ours(self, kernel: Callable[..., Any], extra: tuple[torch.Tensor, ...]) -> Any:
        inputs = [t.transpose(1, 2) for t in (self.q, self.k, self.v)]
        o = torch.full_like(self.q, torch.nan)
        lse = torch.empty(self.q.shape[:3], dtype=torch.float32, device="cuda")

        def call() -> torch.Tensor:
            kernel(*inputs, *extra, out=(o.transpose(1, 2), lse))
            return o

        return call

    def error(self, variant: Variant, o: torch.Tensor, tiles: int = 6) -> float:
        """Of some tiles of 64 rows, the worst norm of the error over that of float64's result."""
        worst = 0.0
        for i in range(tiles):
            h, row = (i * 7) % HEADS, (S - 64) * i // (tiles - 1)
            q, k, v = (t[0, h].double() for t in (self.q, self.k, self.v))
            at = torch.arange(row, row + 64, device="cuda")[:, None]
            kv, b = torch.arange(S, device="cuda")[None], torch.zeros((), dtype=int, device="cuda")
            head = torch.tensor(h, device="cuda")
            s = q[row : row + 64] @ k.T * D**-0.5
            s = s if variant.score is None else variant.score(s, b, head, at, kv)
            seen = None if variant.mask is None else variant.mask(b, head, at, kv)
            s = s if seen is None else s.masked_fill(~seen, -torch.inf)
            expected = s.softmax(-1) @ v
            error = (o[0, h, row : row + 64].double() - expected).norm() / expected.norm()
            worst = max(worst, float(error.nan_to_num(torch.inf)))
        return worst


def measure(variant: Variant, package: Any, options: argparse.Namespace) -> dict[str, Any]:
    tensors = Tensors(machine.DTYPES[options.dtype])
    flex = torch.compile(flex_attention, dynamic=False)
    block_mask, made = block_mask_of(variant)

    def call() -> torch.Tensor:
        return flex(
            tensors.q, tensors.k, tensors.v, score_mod=variant.score, block_mask=block_mask
        )

    suffix = "" if options.dtype == "f16" else f"_t_{options.dtype}"
    entries = {
        name: tensors.ours(getattr(package, name + suffix), variant.extra)
        for name in variant.kernels
    }
    entries["FlexAttention"] = call
    # What runs first is compiled then, not as it is timed.
    errors = {name: tensors.error(variant, entry()) for name, entry in entries.items()}
    times: dict[str, list[float]] = {name: [] for name in entries}
    for round_number in range(options.rounds):
        names = list(entries)
        for name in names[round_number % len(names) :] + names[: round_number % len(names)]:
            found = triton.testing.do_bench(entries[name], 25, 100, return_mode="median")
            times[name].append(round(found, 5))
    # A tanh of lower precision is what the approximate one is for.
    limit = TOLERANCE[machine.DTYPES[options.dtype]]
    allowed = {name: limit * (2 if "approx" in name else 1) for name in entries}
    return {
        "variant": variant.name,
        "milliseconds": times,
        "create_block_mask": made,
        "errors": {name: float(f"{x:.3g}") for name, x in errors.items()},
        "wrong": [name for name, x in errors.items() if not x <= allowed[name]],
        "clocks": machine.clocks(),
    }


def block_mask_of(variant: Variant) -> tuple[Any, float | None]:
    """The block mask, and the milliseconds of making it once more."""
    if variant.mask is None:
        return None, None
    for _ in range(2):
        torch.cuda.synchronize()
        started = time.monotonic()
        found = create_block_mask(variant.mask, None, None, S, S, device="cuda")
        torch.cuda.synchronize()
    return found, round((time.monotonic() - started) * 1e3, 3)


def row(found: dict[str, Any]) -> str:
    times = {name: statistics.median(t) for name, t in found["milliseconds"].items()}
    ratios = " ".join(
        f"{name} {t:.3f} ms ({times['FlexAttention'] / t:.2f}x)" for name, t in times.items()
    )
    return f"{found['variant']}: {ratios}; block mask {found['create_block_mask']} ms"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--package", required=True)
    parser.add_argument("--dtype", default="bf16", choices=sorted(machine.DTYPES))
    parser.add_argument("--rounds", type=int, default=5)
    machine.add_record_options(parser)
    options = parser.parse_args()
    package = load_package(options.package)
    results = []
    for variant in variants():
        faulthandler.dump_traceback_later(VARIANT_SECONDS, exit=True)
        torch.manual_seed(len(results))
        torch._dynamo.reset()
        results.append(measure(variant, package, options))
        print(row(results[-1]), results[-1]["errors"], *results[-1]["wrong"], flush=True)
        shape = {"batch": BATCH, "heads": HEADS, "s": S, "d": D}
        body = {**shape, "dtype": options.dtype, "rounds": options.rounds}
        lengths = {"document_lengths": document_lengths()}
        machine.record(options, "variants", {**body, **lengths, "results": results})
    print(json.dumps({"wrong": [r["variant"] for r in results if r["wrong"]]}))
    return 1 if any(r["wrong"] for r in results) else 0


if __name__ == "__main__":
    sys.exit(main())
