"""compute-sanitizer's four tools over one kernel per feature and head dimension.

python3 test/gpu/sanitize.py build/gpu/matrix [--only TEXT] [--json FILE]
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import builds
import machine

HERE = Path(__file__).parent
TOOLS = {
    "memcheck": ["--padding", "256", "--leak-check", "no"],
    "initcheck": [],
    "racecheck": ["--racecheck-report", "all"],
    "synccheck": [],
}
FAILED = 99


def run(tool: str, package: Path, names: list[str], seconds: float) -> dict[str, object]:
    target = [sys.executable, str(HERE / "sanitize_target.py"), str(package), json.dumps(names)]
    limits = ["--print-limit", "1", "--error-exitcode", str(FAILED)]
    command = ["compute-sanitizer", "--tool", tool, *TOOLS[tool], *limits, *target]
    started = time.monotonic()
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True
    )
    try:
        output = process.communicate(timeout=seconds)[0]
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        output = process.communicate()[0] + f"\nno end within {seconds:.0f} s"
    lines = output.splitlines()
    # A tool that never attached prints no summary; that is no pass.
    clean = process.returncode == 0 and any("SUMMARY" in line for line in lines)
    return {
        "tool": tool,
        "kernels": names,
        "ok": clean,
        "seconds": round(time.monotonic() - started, 1),
        "output": [] if clean else lines[-40:],
        "summary": [line.strip("= ") for line in lines if "SUMMARY" in line],
    }


def main() -> int:
    options = _options()
    package = Path(options.package)
    index = json.loads(package.with_suffix(".json").read_text())
    builds.build(package, index["arch"], machine.arch_for(index["arch"]))
    chosen = [k["name"] for k in index["kernels"] if k["sanitize"] and options.only in k["name"]]
    jobs = [(tool, [name]) for tool in TOOLS for name in chosen]
    with ThreadPoolExecutor(options.jobs) as threads:
        results = list(threads.map(lambda j: run(j[0], package, j[1], options.seconds), jobs))
    for result in results:
        state = "ok  " if result["ok"] else "FAIL"
        print(f"{state} {result['tool']:10} {result['kernels'][0]:40} {result['seconds']} s")
        for line in result["output"]:  # type: ignore[union-attr]
            print(f"     {line}")
    machine.record(options, "sanitize", {"results": results})
    failed = sum(not result["ok"] for result in results)
    print(json.dumps({"runs": len(results), "failed": failed}))
    return 1 if failed or not results else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("--only", default="", help="kernels whose name contains this")
    parser.add_argument("--jobs", type=int, default=6)
    parser.add_argument("--seconds", type=float, default=180.0)
    machine.add_record_options(parser)
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
