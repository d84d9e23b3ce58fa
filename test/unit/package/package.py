"""Runs a package made of the toy kernel on the stand-in for torch; prints each check it passed."""

from __future__ import annotations

import os
import struct
import threading

import numpy

from toy_calls import arguments, equal, forget, normal, refused, run, torch, toys
from toys import _build, _plan


def computes():
    q, k, slopes = arguments()
    equal(toys.toy(q, k, slopes, N=3, scale=2.5, shift=4), q, k, slopes, 2.5, 4)
    equal(toys.toy(q, k, slopes, N=3, scale=0.5, shift=9), q, k, slopes, 0.5, 9)


def takes_any_strides():
    q, k, slopes = normal(3, 6, 2, 16), normal(2, 9, 4, 8), normal(12)
    q, k, slopes = q[::2, :, :, 8:], k[:, ::3, 1:3], slopes[:6]
    q.array = q.array.transpose(0, 2, 1, 3)
    out = torch.tensor(numpy.zeros((2, 2, 6, 24)))[..., 8:16], torch.tensor(numpy.zeros((2, 6, 2)))
    found = toys.toy(q, k, slopes, N=1, scale=1.0, shift=0, out=out)
    assert found == out
    equal(found, q, k, slopes, 1.0, 0)


def ignores_strides_of_single_elements():
    q, k, slopes = arguments(1, 1, 1, 1, 1)
    q.array = numpy.lib.stride_tricks.as_strided(q.array, strides=(4, 12, 20, 4))
    equal(toys.toy(q, k, slopes, N=1, scale=1.0, shift=0), q, k, slopes, 1.0, 0)
    sizes = dict.fromkeys(("B", "Sq", "Skv", "Hkv", "G", "N"), 1)
    shapes = [q.shape, k.shape, slopes.shape, q.shape, (1, 1, 1)]
    strides = [q.stride(), k.stride(), (1,), (8, 8, 8, 1), (1, 1, 1)]
    structure = toys._toy._plans._layout.structure(sizes, shapes, strides, 0)
    words = struct.unpack(f"<{len(structure) // 8}q", structure)
    assert 3 in q.stride() and 3 not in words and 5 not in words


def takes_empty_tensors():
    for sizes in ((0, 3, 5, 6, 2), (2, 0, 5, 6, 2)):
        q, k, slopes = arguments(*sizes)
        found = toys.toy(q, k, slopes, N=1, scale=1.0, shift=0)
        assert found[0].shape == q.shape


def follows_the_tensors_device():
    q, k, slopes = arguments()
    for tensor in (q, k, slopes):
        tensor.device = type(tensor.device)("cuda", 1)
    equal(toys.toy(q, k, slopes, N=1, scale=1.0, shift=0), q, k, slopes, 1.0, 0)
    assert torch.cuda.current == 0


def refuses_in_axis_names():
    q, k, slopes = arguments()

    def call(q=q, k=k, slopes=slopes, N=1, scale=1.0, shift=0, out=None):
        return toys.toy(q, k, slopes, N=N, scale=scale, shift=shift, out=out)

    def on(tensor, kind="cuda", index=0, dtype=torch.float32):
        return torch.Tensor(tensor.array, dtype, type(q.device)(kind, index))

    good = (torch.empty(q.shape), torch.empty((2, 6, 3)))
    wide = torch.Tensor(numpy.broadcast_to(good[0].array[:1], q.shape), torch.float32, q.device)
    refused(
        ValueError,
        "toy: q has 5 along h, which must be a multiple of hkv (k has 2 along hkv)",
        lambda: call(q=q[:, :, :5], slopes=slopes[:5]),
    )
    refused(ValueError, "slopes has 5 along h, and G * Hkv is 6", lambda: call(slopes=slopes[:5]))
    refused(ValueError, "k has 1 along b, and B is 2 (q has 2 along b)", lambda: call(k=k[:1]))
    refused(
        ValueError, "q has 4 along d, and this kernel was built for 8", lambda: call(q=q[..., :4])
    )
    refused(ValueError, "q has stride 2 along d, which must be 1", lambda: call(q=q[..., ::2]))
    refused(ValueError, "q has 3 axes, and (b, q, h, d) are wanted", lambda: call(q=q[0]))
    refused(
        TypeError,
        "k is torch.float16, and the kernel takes torch.float32",
        lambda: call(k=on(k, dtype=torch.float16)),
    )
    refused(
        ValueError,
        "k is on cpu:0, and the kernel runs on a CUDA device",
        lambda: call(k=on(k, "cpu")),
    )
    refused(
        ValueError,
        "k is on cuda:1, and the first input is on cuda:0",
        lambda: call(k=on(k, index=1)),
    )
    refused(ValueError, "N is -1, and a size is never negative", lambda: call(N=-1))
    refused(TypeError, "scale, shift: required argument is not a float", lambda: call(scale="2"))
    refused(TypeError, "out must be the tensors (o, lse)", lambda: call(out=good[:1]))
    refused(
        ValueError,
        "out o has shape (2, 2, 6, 8), and (b=2, q=3, h=6, d=8) is wanted",
        lambda: call(out=(good[0][:, :2], good[1])),
    )
    refused(ValueError, "out o has elements that share memory", lambda: call(out=(wide, good[1])))


def registers_operators():
    space = getattr(torch.ops, toys.NAMESPACE)
    schemas, fakes = torch.library.schemas, torch.library.fakes
    assert schemas["toy"] == (
        "toy(Tensor q, Tensor k, Tensor slopes, *, SymInt N, float scale, int shift)"
        " -> (Tensor, Tensor)"
    )
    assert schemas["toy_out"] == (
        "toy_out(Tensor q, Tensor k, Tensor slopes, *, SymInt N, float scale, int shift, "
        "Tensor(a!) o, Tensor(b!) lse) -> ()"
    )
    q, k, slopes = arguments()
    numbers = {"N": 1, "scale": 2.0, "shift": 3}
    equal(space.toy.default(q, k, slopes, **numbers), q, k, slopes, 2.0, 3)
    shapes = [tensor.shape for tensor in fakes["toy"](q, k, slopes, **numbers)]
    assert shapes == [(2, 3, 6, 8), (2, 6, 3)], shapes
    torch.compiler.compiling = True
    equal(toys.toy(q, k, slopes, **numbers), q, k, slopes, 2.0, 3)
    out = torch.empty(q.shape), torch.empty((2, 6, 3))
    assert toys.toy(q, k, slopes, **numbers, out=out) == out
    equal(out, q, k, slopes, 2.0, 3)
    torch.compiler.compiling = False


def chooses_the_architecture():
    q, k, slopes = arguments()
    before = torch.cuda.get_device_capability
    for capability, level in (((8, 6), 80), ((8, 9), 89), ((9, 0), 89), ((8, 0), 80)):
        torch.cuda.get_device_capability = lambda _, c=capability: c
        forget()
        equal(toys.toy(q, k, slopes, N=1, scale=1.0, shift=0), q, k, slopes, 1.0, 0, level)
    torch.cuda.get_device_capability = lambda _: (7, 5)
    forget()
    refused(
        RuntimeError,
        "toy was built for sm_80, sm_89, and this GPU is sm_75",
        lambda: toys.toy(q, k, slopes, N=1, scale=1.0, shift=0),
    )
    torch.cuda.get_device_capability = before


def threads_do_not_mix():
    cases = [(arguments(), float(i)) for i in range(8)]
    faults = []

    def work(case):
        (q, k, slopes), scale = case
        for _ in range(200):
            try:
                equal(toys.toy(q, k, slopes, N=1, scale=scale, shift=1), q, k, slopes, scale, 1)
            except AssertionError as error:
                faults.append(error)

    threads = [threading.Thread(target=work, args=(case,)) for case in cases]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not faults, faults[0]


def forgets_old_plans():
    most, _plan._MOST_PLANS = _plan._MOST_PLANS, 4
    for queries in range(1, 12):
        toys.toy(*arguments(queries=queries), N=1, scale=1.0, shift=0)
    assert len(toys._toy._plans._plans) <= 4
    _plan._MOST_PLANS = most


def checks_the_cache():
    folder = os.environ["TILEWRIGHT_CACHE"]
    assert os.stat(folder).st_mode & 0o777 == 0o700
    source = _plan.Path(toys.__file__).parent / "toy.sm_89.cu"
    library = _build.shared_library(source, "sm_89")
    assert str(library.parent) == folder
    assert not [entry for entry in library.parent.iterdir() if entry.is_dir()]
    sound = library.read_bytes()
    os.remove(library)  # what is loaded stays mapped
    library.write_bytes(sound + b"x")
    assert _build.shared_library(source, "sm_89") == library
    assert library.read_bytes()[-1:] != b"x", "a damaged library was kept"
    os.chmod(folder, 0o777)
    refused(PermissionError, "can be written by other users", _build.cache_directory)
    os.chmod(folder, 0o700)


run(
    computes,
    takes_any_strides,
    ignores_strides_of_single_elements,
    takes_empty_tensors,
    follows_the_tensors_device,
    refuses_in_axis_names,
    registers_operators,
    threads_do_not_mix,
    forgets_old_plans,
    chooses_the_architecture,
    checks_the_cache,
)
