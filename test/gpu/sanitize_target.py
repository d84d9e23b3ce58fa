"""Launches each kernel of a package once on small shapes, with neither torch nor its allocator.

Started by sanitize.py under compute-sanitizer: every tensor is an allocation of its own, so that
an access beside it is one beside an allocation.
"""

from __future__ import annotations

import ctypes
import importlib
import json
import struct
import sys
import types
from pathlib import Path
from typing import Any, Sequence

import numpy as np

# q, kv, kv heads, group: odd lengths, several tiles, and more queries than keys.
SHAPES = ((130, 203, 1, 2), (65, 3, 2, 1), (3, 449, 1, 4))

cuda = ctypes.CDLL("libcuda.so.1")


def check(status: int, what: str) -> None:
    if status:
        raise RuntimeError(f"{what}: CUDA driver error {status}")


def start() -> tuple[int, int]:
    """Makes the primary context current; returns the device's compute capability."""
    context, device, value = ctypes.c_void_p(), ctypes.c_int(), ctypes.c_int()
    check(cuda.cuInit(0), "cuInit")
    check(cuda.cuDeviceGet(ctypes.byref(device), 0), "cuDeviceGet")
    check(cuda.cuDevicePrimaryCtxRetain(ctypes.byref(context), device), "cuDevicePrimaryCtxRetain")
    check(cuda.cuCtxSetCurrent(context), "cuCtxSetCurrent")
    capability = []
    for attribute in (75, 76):  # CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, _MINOR
        check(cuda.cuDeviceGetAttribute(ctypes.byref(value), attribute, device), "attribute")
        capability.append(value.value)
    return capability[0], capability[1]


def allocate(size: int, data: bytes | None = None) -> int:
    if size == 0:
        return 0
    pointer = ctypes.c_uint64()
    check(cuda.cuMemAlloc_v2(ctypes.byref(pointer), ctypes.c_size_t(size)), "cuMemAlloc")
    if data is not None:
        check(cuda.cuMemcpyHtoD_v2(pointer, data, ctypes.c_size_t(size)), "cuMemcpyHtoD")
    return pointer.value


def random_bytes(dtype: str, count: int, random: np.random.Generator) -> bytes:
    values = random.standard_normal(count, dtype=np.float32)
    if dtype == "f32":
        return values.tobytes()
    if dtype == "f16":
        return values.astype(np.float16).tobytes()
    return (values.view(np.uint32) >> 16).astype(np.uint16).tobytes()  # bf16, truncated


def modules(package: Path) -> Any:
    """The package's modules that need no torch, without running its __init__."""
    outer = types.ModuleType(package.name)
    outer.__path__ = [str(package)]
    sys.modules[package.name] = outer
    load = lambda name: importlib.import_module(f"{package.name}.{name}")  # noqa: E731
    names = ("_manifest", "_layout", "_library", "_sizes")
    return types.SimpleNamespace(**{name: load(name) for name in names})


def dense_strides(shape: Sequence[int]) -> list[int]:
    return [int(np.prod(shape[i + 1 :])) for i in range(len(shape))]


def launch(package: Path, parts: Any, entry: Any, manifest: Any, sizes: dict[str, int]) -> None:
    random = np.random.default_rng(7)
    layout = parts._layout.Layout(manifest)
    shapes = [tuple(parts._sizes.value(a, sizes) for a in t.axes) for t in manifest.tensors]
    called = sizes, shapes, [dense_strides(shape) for shape in shapes]
    workspace = entry.workspace(layout.structure(*called, 0))
    arguments = bytearray(layout.structure(*called, workspace))
    for index, (tensor, shape) in enumerate(zip(manifest.tensors, shapes)):
        count = int(np.prod(shape))
        width = 2 if tensor.dtype in ("f16", "bf16") else 4
        is_input = index < len(manifest.inputs)
        data = random_bytes(tensor.dtype, count, random) if is_input else None
        struct.pack_into("<Q", arguments, tensor.pointer, allocate(count * width, data))
    struct.pack_into("<Q", arguments, manifest.workspace, allocate(workspace))
    code = entry.launch(bytes(arguments), None)
    if code:
        raise RuntimeError(f"{manifest.kernel} {sizes}: {entry.error(code)}")
    check(cuda.cuCtxSynchronize(), f"{manifest.kernel} {sizes}")


def main() -> None:
    package, names = Path(sys.argv[1]), json.loads(sys.argv[2])
    parts = modules(package)
    capability = start()
    for name in names:
        found = [parts._manifest.read(path) for path in sorted(package.glob(f"{name}.*.json"))]
        manifest = parts._library.choose({m.arch: m for m in found}, capability)
        entry = parts._library.load(package, manifest, capability)
        for q_len, kv_len, kv_heads, group in SHAPES:
            sizes = {"B": 1, "Sq": q_len, "Skv": kv_len, "Hkv": kv_heads, "G": group}
            launch(package, parts, entry, manifest, sizes)
    print(f"ran {len(names) * len(SHAPES)} launches")


if __name__ == "__main__":
    main()
