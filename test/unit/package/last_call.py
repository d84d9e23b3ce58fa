"""What a call checks when it is like the last one; prints each check it passed."""

from __future__ import annotations

from toy_calls import arguments, equal, forget, normal, refused, run, torch, toys
from toys import _guard


def _counted(call):
    """How many calls were not recognised as the last one."""
    kernel, calls = type(toys._toy), []
    anew = kernel._call_anew
    kernel._call_anew = lambda *arguments: calls.append(arguments) or anew(*arguments)
    try:
        call()
    finally:
        kernel._call_anew = anew
    return len(calls)


def recognises_the_last_call():
    """Any change of what a plan rests on is noticed; new values, pointers and scalars are not one."""
    (q, k, slopes), other = arguments(), arguments()
    out = torch.empty(q.shape), torch.empty((2, 6, 3))

    def call(q=q, k=k, slopes=slopes, N=1, scale=1.0, shift=0, out=None):
        found = toys.toy(q, k, slopes, N=N, scale=scale, shift=shift, out=out)
        equal(found, q, k, slopes, scale, shift if N else 0)

    def settle():
        for given in (None, out, None, out):
            call(out=given)

    settle()
    for given in (None, out):
        assert _counted(lambda: call(out=given)) == 0
        assert _counted(lambda: call(*other, scale=2.0, shift=3, out=given)) == 0
    wide = normal(2, 3, 6, 16)[..., :8]
    on_second = [torch.Tensor(t.array, t.dtype, type(t.device)("cuda", 1)) for t in (q, k, slopes)]
    changes = {
        "shape": lambda: call(k=k[:, :4]),
        "strides": lambda: call(q=wide),
        "a dim": lambda: call(N=2),
        "device": lambda: call(*on_second),
        "strides of an output": lambda: call(out=(torch.empty((2, 3, 6, 16))[..., :8], out[1])),
    }
    for name, change in changes.items():
        settle()
        assert _counted(change) == 1, name
        assert _counted(change) == 1, name  # a plan gets its guard where it is found again
        assert _counted(change) == (name == "device"), name  # which is not the current one
    settle()
    half = torch.Tensor(q.array, torch.float16, q.device)
    refused(TypeError, "q is torch.float16", lambda: call(q=half))
    refused(TypeError, "out must be the tensors (o, lse)", lambda: call(out=(3, out[1])))
    refused(TypeError, "out must be the tensors (o, lse)", lambda: call(out=()))
    assert _counted(lambda: call(out=list(out))) == 0
    assert _counted(lambda: toys.toy(q, q[:, :, :2], slopes, N=1, scale=1.0, shift=0)) == 1


def sends_gradients_to_the_dispatcher():
    """Also where the last call was the same but for them, or for gradients being off."""
    q, k, slopes = arguments()
    operators = toys._toy._operators
    function, entered = operators.function, []
    operators.function = lambda *a, **n: entered.append(a) or function(*a, **n)
    for needed, enabled in (*[(False, True)] * 3, (True, True), *[(True, False)] * 3, (True, True)):
        q.requires_grad = needed
        torch.set_grad_enabled(enabled)
        entered.clear()
        equal(toys.toy(q, k, slopes, N=1, scale=1.0, shift=0), q, k, slopes, 1.0, 0)
        assert len(entered) == (needed and enabled)
    operators.function = function


def does_without_guards():
    """Where torch has none, or some that miss a change."""
    (q, k, slopes), short = arguments(), arguments(queries=2)

    class Careless:
        def __init__(self, *_tensors, **_sizes):
            self.check = lambda *_: True

    class Renamed:
        def __init__(self, *_tensors, sizes):
            pass

    sound, guards = _guard._SOUND, _guard._Guards
    assert sound
    for kind in (Careless, Renamed):
        _guard._Guards = kind
        assert not _guard._are_sound(), kind
    _guard._SOUND = False
    forget()
    for tensors in ((q, k, slopes), short, short, short, (q, k, slopes)):
        call = lambda: toys.toy(*tensors, N=1, scale=1.0, shift=0)  # noqa: E731
        equal(call(), *tensors, 1.0, 0)
        assert _counted(call) == 1
    _guard._SOUND, _guard._Guards = sound, guards
    forget()


run(
    recognises_the_last_call,
    sends_gradients_to_the_dispatcher,
    does_without_guards,
)
