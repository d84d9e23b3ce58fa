"""What the scripts that call the toy kernel share; run with the package's folder and the stand-in's."""

from __future__ import annotations

import sys

import numpy

sys.path[:0] = [sys.argv[2], sys.argv[1]]

import torch  # noqa: E402

import toys  # noqa: E402
from toys import _plan  # noqa: E402

random = numpy.random.default_rng(5)


def normal(*shape: int) -> torch.Tensor:
    return torch.tensor(random.standard_normal(shape))


def arguments(batch=2, queries=3, keys=5, heads=6, kv_heads=2):
    return normal(batch, queries, heads, 8), normal(batch, keys, kv_heads, 8), normal(heads)


def expected(q, k, slopes, scale):
    last = numpy.repeat(k.array[:, -1:], q.shape[2] // k.shape[2], axis=2)
    return q.array * numpy.float32(scale) + slopes.array[:, None] + last


def equal(found, q, k, slopes, scale, shift, level=89):
    numpy.testing.assert_allclose(found[0].array, expected(q, k, slopes, scale), rtol=1e-6)
    assert (found[1].array == shift + level).all(), found[1].array


def refused(kind, words, call):
    try:
        call()
    except kind as error:
        assert words in str(error), f"{words!r} is not in: {error}"
    else:
        raise AssertionError(f"no error for: {words}")


def forget():
    toys._toy._plans._plans.clear()
    toys._toy._plans._entries.clear()
    toys._toy._last = toys._toy._last_into = _plan.NO_PLAN


def run(*checks):
    for check in checks:
        check()
        print(check.__name__)
