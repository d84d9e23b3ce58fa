// `tilewright doctor`: which tools of this machine were found, and how to get those that were not.
// Only Node is needed to check, build and simulate.

import { archNames } from "../arch/archs.ts";
import { DiagnosticError } from "../base/diagnostic.ts";
import type { Compiler } from "../package/compiler.ts";
import { findNvcc } from "../package/nvcc.ts";
import { findNvrtc } from "../package/nvrtc.ts";
import { runTool } from "../package/tool.ts";
import type { Report } from "./report.ts";

interface Probe {
  readonly tool: string;
  readonly needed: string;
  readonly get: string;
  readonly program: string;
  readonly args: readonly string[];
  /** What to say of the program's output; undefined: the tool is not there. */
  readonly found: (output: string) => string | undefined;
}

const firstLine = (output: string): string | undefined =>
  output.split("\n")[0]?.trim() || undefined;

const python = (code: string): readonly string[] => ["-c", code];

const probes: readonly Probe[] = [
  {
    tool: "Python",
    needed: "emitted NumPy scripts and packages",
    get: "install Python 3.9 or later",
    program: "python3",
    args: ["--version"],
    found: (output) => /Python ([\d.]+)/.exec(output)?.[1],
  },
  {
    tool: "NumPy",
    needed: "emitted NumPy scripts",
    get: "apt install python3-numpy, or pip install numpy",
    program: "python3",
    args: python("import numpy; print(numpy.__version__)"),
    found: firstLine,
  },
  {
    tool: "PyTorch",
    needed: "calling a package on tensors",
    get: "pip install torch",
    program: "python3",
    args: python("import torch; print(torch.__version__)"),
    found: firstLine,
  },
  {
    tool: "GPU",
    needed: "running the kernels",
    get: "none is needed to check, build or simulate; install NVIDIA's driver where one is",
    program: "nvidia-smi",
    args: ["-L"],
    found: firstLine,
  },
];

interface Finding {
  readonly tool: string;
  readonly found: string | null;
  readonly needed: string;
  readonly get: string;
}

export const doctor = async (): Promise<Report> => {
  const node: Finding = {
    tool: "Node",
    found: process.version,
    needed: "everything",
    get: "nodejs.org, 20.19 or later",
  };
  const [nvcc, nvrtc, ...others] = await Promise.all([
    findNvcc().catch(notWorking),
    findNvrtc(),
    ...probes.map(look),
  ]);
  const findings: readonly Finding[] = [
    node,
    {
      tool: "nvcc",
      found: nvcc ? serving(nvcc) : null,
      needed: "build --check, explain's registers, and the Python package",
      get: "install the CUDA toolkit, 11.8 or later, and put its bin directory on PATH or set NVCC",
    },
    {
      tool: "NVRTC",
      found: nvrtc.map(serving).join("; ") || null,
      needed: "build --check and explain's registers where nvcc lacks the architecture",
      get: "install libnvrtc11.2 and libnvrtc-builtins11.8 of Debian's non-free, and Python 3, or set NVRTC to a library",
    },
    ...others,
  ];
  return { results: findings, lines: findings.map(show) };
};

/** A compiler that fails when asked what it is. */
const notWorking = (error: unknown): undefined => {
  if (!(error instanceof DiagnosticError)) throw error;
};

/** The version, and the architectures of ours that it compiles for. */
const serving = ({ version, archs }: Compiler): string =>
  `${version} for ${archNames.filter((name) => archs.includes(name)).join(", ")}`;

const look = async ({ tool, needed, get, program, args, found }: Probe): Promise<Finding> => {
  const end = await runTool(program, args, { seconds: 60, output: 65536 });
  const works = end.kind === "exited" && end.status === 0;
  return { tool, found: (works ? found(end.output) : undefined) ?? null, needed, get };
};

const show = ({ tool, found, needed, get }: Finding): string =>
  found === null ? `missing  ${tool}: for ${needed}; ${get}` : `found    ${tool} ${found}`;
