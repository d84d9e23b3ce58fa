"""What a measurement ran on: device, driver, clocks, and versions."""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import torch

DTYPES = {"f16": torch.float16, "bf16": torch.bfloat16}

# clocks_event_reasons.active is a bit mask: 0x4 is the power cap, 0x1 idle.
_CLOCKS = {
    "clocks.sm": "sm_mhz",
    "clocks.mem": "memory_mhz",
    "power.draw": "watts",
    "temperature.gpu": "celsius",
    "clocks_event_reasons.active": "throttle_reasons",
}


def add_record_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", help="where what was measured goes")
    parser.add_argument("--commit", default="", help="what the packages were generated from")


def record(options: argparse.Namespace, kind: str, body: dict[str, Any]) -> None:
    """Writes one document for test/bench/report.ts, if --json was given."""
    if not options.json:
        return
    command = " ".join(["python3", *sys.argv])
    head = {"kind": kind, "command": command, "commit": options.commit, "machine": describe()}
    Path(options.json).write_text(json.dumps({**head, **body}, indent=1) + "\n")


def arch_for(built: str) -> str:
    """The GPU's, such as sm_90; sm_90a where a package was built for its own instructions."""
    major, minor = torch.cuda.get_device_capability(0)
    own = f"sm_{major}{minor}"
    return built if built == f"{own}a" else own


def clocks() -> dict[str, str]:
    values = _query(",".join(_CLOCKS))
    return dict(zip(_CLOCKS.values(), values))


def describe() -> dict[str, object]:
    properties = torch.cuda.get_device_properties(0)
    return {
        "device": properties.name,
        "capability": f"{properties.major}.{properties.minor}",
        "multiprocessors": properties.multi_processor_count,
        "memory_gib": round(properties.total_memory / 2**30, 1),
        "driver": _query("driver_version")[0],
        "python": platform.python_version(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda,
        "cudnn": torch.backends.cudnn.version(),
        "triton": _version("triton"),
        "nvcc": _nvcc(),
    }


def _query(fields: str) -> list[str]:
    command = ["nvidia-smi", f"--query-gpu={fields}", "--format=csv,noheader,nounits", "--id=0"]
    try:
        output = subprocess.run(command, capture_output=True, text=True, timeout=20).stdout
    except (OSError, subprocess.TimeoutExpired):
        output = ""
    values = [value.strip() for value in output.strip().split(",")]
    return values if len(values) == fields.count(",") + 1 else ["unknown"] * (fields.count(",") + 1)


def _version(module: str) -> str:
    try:
        return str(__import__(module).__version__)
    except ImportError:
        return "absent"


def _nvcc() -> str:
    program = shutil.which("nvcc") or "/usr/local/cuda/bin/nvcc"
    try:
        output = subprocess.run([program, "--version"], capture_output=True, text=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return "absent"
    return next(
        (line.strip() for line in output.stdout.splitlines() if "release" in line), "unknown"
    )
