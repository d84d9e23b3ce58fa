"""Every kernel of a package against the float64 reference on the matrix of cases.

python3 test/gpu/correctness.py build/gpu/matrix [--every-group] [--only TEXT] [--json FILE]

Kernels of an older GPU than the one at hand run by way of their PTX: see nvcc_by_ptx.py.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections import Counter
from pathlib import Path

import builds
import machine
from cases import BuiltKernel, cases
from pool import run_all

HERE = Path(__file__).parent
SHOWN = 20


def main() -> int:
    options = _options()
    package = Path(options.package)
    index = json.loads(package.with_suffix(".json").read_text())
    arch = index["arch"]
    device = machine.arch_for(arch)
    builds.build(package, arch, device)
    kernels = [BuiltKernel(**entry) for entry in index["kernels"]]
    kernels = [kernel for kernel in kernels if options.only in kernel.name]
    lines = [case.line() for case in cases(kernels, options.every_group)]
    failures: list[dict[str, object]] = []
    passed: Counter[str] = Counter()
    started = time.monotonic()

    def report(line: str, faults: list[str]) -> bool:
        if not faults:
            passed[json.loads(line)["kernel"]] += 1
            return True
        failures.append({"case": json.loads(line), "faults": faults})
        if len(failures) <= SHOWN:
            print(
                f"FAIL {'; '.join(faults)}\n  echo '{line}' | python3 test/gpu/worker.py {package}"
            )
        return len(failures) < options.most_failures

    worker = [str(HERE / "worker.py"), str(package)]
    log = Path(options.log)
    run_all(worker, lines, options.workers, options.seconds, log, report)
    summary = {
        "arch": arch,
        "by_ptx": arch != device,
        "cases": len(lines),
        "passed": sum(passed.values()),
        "failed": len(failures),
        "not_run": len(lines) - sum(passed.values()) - len(failures),
        "kernels": len(kernels),
        "seconds": round(time.monotonic() - started, 1),
        "passed_by_kernel": passed,
        "failed_by_kernel": Counter(f["case"]["kernel"] for f in failures),  # type: ignore[index]
    }
    machine.record(options, "correctness", {**summary, "failures": failures[:500]})
    print(json.dumps({k: v for k, v in summary.items() if k != "passed_by_kernel"}))
    return 1 if failures or not lines else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    parser.add_argument("--only", default="", help="kernels whose name contains this")
    parser.add_argument(
        "--every-group", action="store_true", help="each shape with each group size"
    )
    parser.add_argument("--workers", type=int, default=min(8, os.cpu_count() or 1))
    parser.add_argument("--seconds", type=float, default=30.0, help="deadline of one case")
    parser.add_argument("--most-failures", type=int, default=200, help="give up after so many")
    machine.add_record_options(parser)
    parser.add_argument("--log", default="worker.log", help="where the workers' messages go")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
