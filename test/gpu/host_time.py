"""What a call costs the CPU: microseconds from Python's call to its return, without the GPU."""

from __future__ import annotations

import statistics
import time
from typing import Any, Callable

import torch

BATCH = 100  # far fewer launches than a stream queues, so that no call waits for the GPU
ROUNDS = 60
LIMIT = 10.0


def microseconds(call: Callable[[], object]) -> float:
    """Median over rounds of the mean of a batch."""
    for _ in range(50):
        call()
    means = []
    for _ in range(ROUNDS):
        torch.cuda.synchronize()
        started = time.perf_counter_ns()
        for _ in range(BATCH):
            call()
        means.append((time.perf_counter_ns() - started) / BATCH / 1000)
    torch.cuda.synchronize()
    return round(statistics.median(means), 2)


def measure(kernels: Any) -> dict[str, float]:
    """Fails above 10 us for q, k, v and two outputs, allocated by the call or given."""
    q, k, v = (torch.randn(1, 16, 2, 64, device="cuda").half() for _ in range(3))
    slopes = torch.rand(2, device="cuda")
    out = (torch.empty_like(q), torch.empty(1, 2, 16, device="cuda"))
    operator = kernels.operator("causal")
    shorter = q[:, :8]
    found = {
        "three tensors in, two allocated": microseconds(lambda: kernels.causal(q, k, v)),
        "three tensors in, two given": microseconds(lambda: kernels.causal(q, k, v, out=out)),
        "four tensors in, two allocated": microseconds(lambda: kernels.alibi(q, k, v, slopes)),
        "two calls, of two shapes in turn": microseconds(
            lambda: (kernels.causal(q, k, v), kernels.causal(shorter, k, v))
        ),
        "through torch.ops, three in": microseconds(lambda: operator(q, k, v)),
        "torch: two allocations": microseconds(
            lambda: (torch.empty_like(q), torch.empty(1, 2, 16, device="cuda"))
        ),
        "torch: q + k": microseconds(lambda: q + k),
    }
    slow = [name for name in list(found)[:2] if found[name] > LIMIT]
    assert not slow, f"{slow} above {LIMIT} us: {found}"
    return found
