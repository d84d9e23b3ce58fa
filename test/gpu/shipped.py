"""Runs every shipped kernel as its package is called, and holds the results to what the oracle said of the inputs.

python3 test/gpu/shipped.py build/shipped/package [--json FILE]
"""

from __future__ import annotations

import argparse
import collections
import json
import math
import sys
import time
from pathlib import Path
from typing import Any

import numpy
import torch

import builds
import machine
from worker import load_package

DTYPES = {**machine.DTYPES, "f32": torch.float32, "i32": torch.int32}


def faults_of(case: dict[str, Any], package: Any, folder: Path) -> list[str]:
    def array(name: str) -> torch.Tensor:
        return torch.from_numpy(numpy.load(folder / case["folder"] / f"{name}.npy"))

    inputs = [array(t["name"]).to(DTYPES[t["dtype"]]).cuda() for t in case["inputs"]]
    kernel = getattr(package, case["kernel"])
    results = kernel(*inputs, **case["scalars"])
    again = kernel(*inputs, **case["scalars"])
    torch.cuda.synchronize()
    results, again = (r if isinstance(r, tuple) else (r,) for r in (results, again))
    faults = []
    for bound, found, second in zip(case["outputs"], results, again, strict=True):
        name = bound["name"]
        expected = array(f"{name}_expected").double()
        if not torch.equal(found.nan_to_num(7.0), second.nan_to_num(7.0)):
            faults.append(f"{name} differs from run to run")
        faults += [f"{name}: {text}" for text in judged(expected, found.double().cpu(), bound)]
    return faults


def judged(expected: torch.Tensor, found: torch.Tensor, bound: dict[str, Any]) -> list[str]:
    """Where the expected value is no finite number, the found one must be the same."""
    if found.shape != expected.shape:
        return [f"its shape is {tuple(found.shape)}, not {tuple(expected.shape)}"]
    finite = expected.isfinite()
    same = (found == expected) | (found.isnan() & expected.isnan())
    if not bool((same | finite).all()):
        return ["it is wrong where the result is no finite number"]
    error = (found - expected)[finite]
    largest = float(error.abs().max()) if error.numel() else 0.0
    rmse = math.sqrt(float(error.square().mean())) if error.numel() else 0.0
    faults = []
    if not largest <= bound["largest"]:
        faults.append(f"largest error {largest:.3e}, {bound['largest']:.3e} allowed")
    if bound["rmse"] is not None and not rmse <= bound["rmse"]:
        faults.append(f"RMSE {rmse:.3e}, {bound['rmse']:.3e} allowed")
    return faults


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("package")
    machine.add_record_options(parser)
    options = parser.parse_args()
    directory = Path(options.package)
    index = json.loads(directory.with_suffix(".json").read_text())
    builds.build(directory, index["arch"], machine.arch_for(index["arch"]))
    package = load_package(str(directory))
    started = time.monotonic()
    passed: collections.Counter[str] = collections.Counter()
    failed: collections.Counter[str] = collections.Counter()
    failures = []
    for case in index["cases"]:
        try:
            faults = faults_of(case, package, directory.parent)
        except Exception as error:  # a fault of this case; the others still run
            faults = [f"{type(error).__name__}: {error}"]
        (failed if faults else passed)[case["kernel"]] += 1
        print(f"{'FAIL' if faults else 'ok  '} {case['folder']}", *faults, sep="\n     ")
        failures += [{"case": case["folder"], "faults": faults}] if faults else []
    body = {
        **{"arch": index["arch"], "by_ptx": False, "cases": len(index["cases"])},
        **{"passed": sum(passed.values()), "failed": sum(failed.values()), "not_run": 0},
        **{"kernels": len(set(passed) | set(failed))},
        "seconds": round(time.monotonic() - started, 1),
        **{"passed_by_kernel": dict(passed), "failed_by_kernel": dict(failed)},
        "failures": failures,
    }
    machine.record(options, "correctness", body)
    print(json.dumps({k: body[k] for k in ("arch", "cases", "passed", "failed", "kernels")}))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
