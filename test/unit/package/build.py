"""Provokes what can go wrong with nvcc; prints ok at its end."""

from __future__ import annotations

import os
import sys
import time

folder, stand_in = sys.argv[1], sys.argv[2]
sys.path[:0] = [stand_in, folder]

from toys import _build, _tool  # noqa: E402


def refused(words, call):
    try:
        call()
    except _tool.ToolError as error:
        assert words in str(error), f"{words!r} is not in: {error}"
    else:
        raise AssertionError(f"no error for: {words}")


source = _build.Path(folder) / "broken.cu"
source.write_text("int f( { }\n")
before = sorted(os.listdir(_build.cache_directory()))
refused("expected", lambda: _build.shared_library(source, "sm_80"))
after = sorted(os.listdir(_build.cache_directory()))
assert [n for n in after if not n.endswith(".lock")] == [
    n for n in before if not n.endswith(".lock")
], "a failed build left something in the cache"

started = time.monotonic()
script = "sleep 60 & echo $!; wait"
try:
    _tool.run_tool(["/bin/sh", "-c", script], 0.5)
    raise AssertionError("no timeout")
except _tool.ToolError as error:
    assert "did not end within" in str(error), error
assert time.monotonic() - started < 5, "what the program had started kept its output open"

assert len(_tool.run_tool(["/bin/sh", "-c", "head -c 1000000 /dev/zero"], 20.0)) == 256 * 1024
os.environ["NVCC_APPEND_FLAGS"] = "--no-such-flag"
source.write_text('extern "C" int f() { return 3; }\n')
assert _build.shared_library(source, "sm_80").exists()
os.environ["NVCC"] = "/nowhere/nvcc"
refused("/nowhere/nvcc cannot be started", lambda: _build.shared_library(source, "sm_80"))
del os.environ["NVCC"]
os.environ["PATH"] = ""
os.environ["CUDA_HOME"] = "/nowhere"
if not os.path.exists("/usr/local/cuda/bin/nvcc"):
    refused("nvcc was not found", _build.nvcc)
print("ok")
