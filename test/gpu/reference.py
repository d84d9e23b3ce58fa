"""Attention in float64, written from its definition and not from any emitted code.

Also the accuracy rule: the baseline makes only the roundings that every kernel makes (P to v's
dtype before PV, and the output), and a kernel may be twice as far off plus one unit in the last
place of the largest value; its RMSE may be 1.1 of the baseline's plus u / sqrt(n).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Reference:
    o: torch.Tensor  # float64 [b, q, h, d]
    baseline: torch.Tensor  # float64, holding numbers of o's dtype
    lse: torch.Tensor  # float64 [b, h, q]
    largest_score: float


def visible(
    feature: str, limit: float, q_len: int, kv_len: int, device: torch.device
) -> torch.Tensor:
    """[q, kv], bottom-right aligned."""
    q = torch.arange(q_len, device=device)[:, None] + (kv_len - q_len)
    kv = torch.arange(kv_len, device=device)[None, :]
    if feature == "dense":
        return torch.ones(q_len, kv_len, dtype=torch.bool, device=device)
    shown = kv <= q
    return shown & (q - kv < limit) if feature == "window" else shown


def attention(
    feature: str,
    q: torch.Tensor,
    k: torch.Tensor,
    v: torch.Tensor,
    scale: float,
    slopes: torch.Tensor | None = None,
    limit: float = 0.0,
) -> Reference:
    """q [b, q, h, d], k [b, kv, hkv, d], v [b, kv, hkv, dv]; `scale` is first made a float32.

    `limit`: how many keys a window shows, or what caps the scores.
    """
    batch, q_len, heads, width = q.shape
    kv_len, kv_heads = k.shape[1], k.shape[2]
    group = heads // kv_heads
    rows = q.double().permute(0, 2, 1, 3).reshape(batch, kv_heads, group, q_len, width)
    keys = k.double().permute(0, 2, 3, 1)[:, :, None]
    values = v.double().permute(0, 2, 1, 3)[:, :, None]
    s = (rows @ keys) * torch.tensor(scale, dtype=torch.float32).item()
    s = _scored(feature, limit, s, slopes)
    shown = visible(feature, limit, q_len, kv_len, q.device)
    largest = s.abs().masked_fill(~shown, 0).amax().item() if s.numel() else 0.0
    s = s.masked_fill(~shown, -math.inf)
    m = s.amax(-1, keepdim=True) if kv_len else s.new_full((*s.shape[:-1], 1), -math.inf)
    p = torch.exp(s - m.masked_fill(m == -math.inf, 0))
    l = p.sum(-1, keepdim=True)
    inverse = torch.where(l > 0, 1 / l, 0)
    exact = (p @ values) * inverse
    baseline = ((p.to(v.dtype).double() @ values) * inverse).to(v.dtype).double()
    lse = torch.where(l > 0, m + torch.log(l), -math.inf).squeeze(-1)
    shape = (batch, heads, q_len, v.shape[-1])
    return Reference(
        exact.reshape(shape).permute(0, 2, 1, 3),
        baseline.reshape(shape).permute(0, 2, 1, 3),
        lse.reshape(batch, heads, q_len),
        largest,
    )


def _scored(
    feature: str, limit: float, s: torch.Tensor, slopes: torch.Tensor | None
) -> torch.Tensor:
    """s [b, hkv, g, q, kv]; distances are between positions in q and kv, as in the kernel files."""
    if feature == "softcap":
        return limit * torch.tanh(s / limit)
    if feature == "alibi":
        q_len, kv_len = s.shape[-2:]
        q = torch.arange(q_len, device=s.device)[:, None]
        kv = torch.arange(kv_len, device=s.device)[None, :]
        return s + slopes.double().reshape(s.shape[1], s.shape[2], 1, 1) * (kv - q)
    return s


def unit_in_last_place(dtype: torch.dtype, x: float) -> float:
    mantissa, smallest = {torch.float16: (10, -14), torch.bfloat16: (7, -126)}[dtype]
    exponent = math.frexp(x)[1] - 1 if x > 0 else smallest
    return 2.0 ** (max(exponent, smallest) - mantissa)


def judge(reference: Reference, o: torch.Tensor, lse: torch.Tensor | None) -> list[str]:
    """What breaks the accuracy rule. An element whose baseline is not finite must equal it."""
    faults = []
    finite = torch.isfinite(reference.baseline)
    if not torch.equal(
        o.double()[~finite].nan_to_num(7), reference.baseline[~finite].nan_to_num(7)
    ):
        faults.append("o differs where the reference is not finite")
    zero = torch.zeros((), dtype=torch.float64, device=o.device)
    error = torch.where(finite, o.double() - reference.o, zero)
    allowed = torch.where(finite, reference.baseline - reference.o, zero)
    if error.numel():
        top = reference.baseline[finite].abs().amax().item() if finite.any() else 0.0
        unit = unit_in_last_place(o.dtype, top)
        bounds = (
            2 * allowed.abs().amax().item() + unit,
            _rms(allowed) * 1.1 + unit * o.numel() ** -0.5,
        )
        found = error.abs().amax().item(), _rms(error)
        for name, value, bound in zip(("largest error", "RMSE"), found, bounds):
            if not value <= bound:  # also when it is not a number
                faults.append(f"{name} of o is {value:.3e}, and {bound:.3e} is allowed")
    if lse is not None and lse.numel():
        empty = reference.lse == -math.inf
        if not bool((lse[empty] == -math.inf).all()):
            faults.append("lse of a row without keys is not -inf")
        off = (lse.double() - reference.lse)[~empty].abs()
        bound = 1e-5 * (1 + reference.largest_score)
        if off.numel() and not off.amax().item() <= bound:
            faults.append(f"lse is off by {off.amax().item():.3e}, and {bound:.3e} is allowed")
    return faults


def _rms(x: torch.Tensor) -> float:
    return x.square().mean().sqrt().item()
