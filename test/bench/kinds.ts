// The kinds of raw results, and what the performance page says of each.

interface Common {
  readonly command: string;
  readonly commit: string;
  readonly machine: Readonly<Record<string, string | number>>;
}

export type Result = Forward | Variants | Correctness | Sanitize | Framework | Compile | Simulator;

export interface Named {
  /** The file's. */
  readonly name: string;
  readonly result: Result;
}

/** Written by forward.py: the milliseconds of each round, by entry. */
export interface Forward extends Common {
  readonly kind: "forward";
  readonly dtype: string;
  readonly rounds: number;
  readonly peers: readonly string[];
  readonly results: readonly {
    readonly d: number;
    readonly s: number;
    readonly causal: boolean;
    readonly batch: number;
    readonly heads: number;
    readonly milliseconds: Readonly<Record<string, readonly number[]>>;
    readonly faults: Readonly<Record<string, readonly string[]>>;
    readonly clocks: readonly Readonly<Record<string, string>>[];
  }[];
}

/** Written by variants.py: the milliseconds of each round, by entry. */
export interface Variants extends Common {
  readonly kind: "variants";
  readonly dtype: string;
  readonly rounds: number;
  readonly batch: number;
  readonly heads: number;
  readonly s: number;
  readonly d: number;
  readonly document_lengths: readonly number[];
  readonly results: readonly {
    readonly variant: string;
    readonly milliseconds: Readonly<Record<string, readonly number[]>>;
    /** Of making FlexAttention's block mask; null without a mask. */
    readonly create_block_mask: number | null;
    readonly wrong: readonly string[];
  }[];
}

/** Written by correctness.py. */
export interface Correctness extends Common {
  readonly kind: "correctness";
  /** These four are absent from the oldest results. */
  readonly arch?: string;
  readonly by_ptx?: boolean;
  readonly passed_by_kernel?: Readonly<Record<string, number>>;
  readonly failed_by_kernel?: Readonly<Record<string, number>>;
  readonly cases: number;
  readonly passed: number;
  readonly kernels: number;
  readonly seconds: number;
}

/** Written by sanitize.py. */
export interface Sanitize extends Common {
  readonly kind: "sanitize";
  readonly results: readonly {
    readonly tool: string;
    readonly kernels: readonly string[];
    readonly ok: boolean;
  }[];
}

/** Written by framework.py; the check named `measure` holds microseconds of the host. */
export interface Framework extends Common {
  readonly kind: "framework";
  readonly results: readonly {
    readonly check: string;
    readonly ok: boolean;
    readonly found: unknown;
  }[];
}

/** Milliseconds on the wall, and of the processor: all threads and children together. */
export interface Times {
  readonly wall: number;
  readonly processor: number;
}

/** Written by compile.ts; nvcc in seconds. */
export interface Compile extends Common {
  readonly kind: "compile";
  readonly cold: readonly Times[];
  readonly warm: Readonly<Record<string, readonly Times[]>>;
  /** Over a file with nothing in it. */
  readonly empty: { readonly seconds: number; readonly processor: number };
  readonly nvcc: readonly {
    readonly file: string;
    readonly seconds: number;
    readonly processor: number;
    readonly registers: number;
    readonly spills: number;
  }[];
}

/** Seconds of each run of one problem. */
export interface Simulator extends Common {
  readonly kind: "simulator";
  readonly problem: string;
  readonly simulator: readonly number[];
  readonly numpy: readonly number[];
}

const median = (values: readonly number[]): number => {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
};

const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const geometricMean = (values: readonly number[]): number =>
  Math.exp(values.reduce((sum, x) => sum + Math.log(x), 0) / values.length);

/** TFLOP/s of each entry, and how many times as fast as each peer every other entry is. */
export const forward = ({ results, peers, rounds, dtype }: Forward): readonly string[] => {
  const entries = Object.keys(results[0]?.milliseconds ?? {});
  const pairs = entries
    .filter((name) => !peers.includes(name))
    .flatMap((name) => peers.map((peer) => [name, peer] as const));
  const time = (r: Forward["results"][number], name: string): number =>
    median(r.milliseconds[name] ?? []);
  const rate = (r: Forward["results"][number], name: string): number =>
    (4 * r.batch * r.heads * r.s * r.s * r.d) / (r.causal ? 2 : 1) / time(r, name) / 1e9;
  const ratio = (r: Forward["results"][number], name: string, peer: string): number =>
    time(r, peer) / time(r, name);
  const rows = results.map((r) => [
    ...[r.d, r.s, r.causal ? "yes" : "no"].map(String),
    ...entries.map((name) => `${rate(r, name).toFixed(0)}${r.faults[name] ? " (wrong)" : ""}`),
    ...pairs.map(([name, peer]) => ratio(r, name, peer).toFixed(2)),
  ]);
  const summary = pairs.map(([name, peer]) => {
    const ratios = results.map((r) => ratio(r, name, peer));
    const mean = geometricMean(ratios).toFixed(3);
    return `${name} runs at ${mean} × ${peer} in the geometric mean, at ${Math.min(...ratios).toFixed(3)} × where it is slowest.`;
  });
  const clocks = results.flatMap((r) => r.clocks.map((c) => Number(c["sm_mhz"])));
  return [
    `${dtype}, B·S = 16384, H·D = 2048; TFLOP/s from the median of ${rounds} interleaved rounds. Each output that was timed is verified.`,
    table(
      ["D", "S", "causal", ...entries, ...pairs.map(([name, peer]) => `${name} / ${peer}`)],
      rows,
    ),
    ...summary,
    `SM clock after the rounds: ${Math.min(...clocks)} to ${Math.max(...clocks)} MHz.`,
  ];
};

/** One row a kernel, each beside FlexAttention in the same rounds. */
export const variants = (v: Variants): readonly string[] => {
  const peer = "FlexAttention";
  const rows = v.results.flatMap((r) => {
    const time = (name: string): number => median(r.milliseconds[name] ?? []);
    return Object.keys(r.milliseconds)
      .filter((name) => name !== peer)
      .map((name) => [
        r.variant,
        `\`${name}\`${r.wrong.includes(name) ? " (wrong)" : ""}`,
        time(name).toFixed(3),
        time(peer).toFixed(3),
        (time(peer) / time(name)).toFixed(2),
        r.create_block_mask?.toFixed(2) ?? "",
      ]);
  });
  return [
    `${v.dtype}, B = ${v.batch}, H = ${v.heads}, S = ${v.s}, D = ${v.d}; milliseconds, medians of ${v.rounds} interleaved rounds. ` +
      "FlexAttention's block mask is made beforehand and its time stands apart; the kernels begin with nothing. " +
      `Documents of ${v.document_lengths.join(", ")} tokens.`,
    table(["variant", "kernel", "ms", `${peer}, ms`, "times as fast", "block mask, ms"], rows),
  ];
};

export const correctness = (r: Correctness): readonly string[] => [
  `${r.passed} of ${r.cases} cases of ${r.kernels} kernels${r.arch ? ` for ${r.arch}${r.by_ptx ? ", by way of its PTX," : ""}` : ""} are within the accuracy rule of \`test/gpu/reference.py\`: ` +
    "lengths from 0 to 1024, head dimensions from 16 to 256, group sizes from 1 to 8, inputs in NaN, outputs in canaries.",
];

export const sanitize = ({ results }: Sanitize): readonly string[] => {
  const tools = [...new Set(results.map((r) => r.tool))];
  return [
    table(
      ["tool", "kernels", "without an error"],
      tools.map((tool) => {
        const runs = results.filter((r) => r.tool === tool);
        return [tool, String(runs.length), String(runs.filter((r) => r.ok).length)];
      }),
    ),
  ];
};

export const framework = ({ results }: Framework): readonly string[] => {
  const measured = results.find((r) => r.check === "measure")?.found ?? {};
  // A check that failed has its message in the place of what it found.
  const times = typeof measured === "string" ? [] : Object.entries(measured);
  const good = results.filter((r) => r.ok).length;
  return [
    `${good} of ${results.length} checks pass: ${results.map((r) => r.check.replaceAll("_", " ")).join(", ")}.`,
    typeof measured === "string"
      ? `Failed: ${measured.trim().split("\n").at(-1)}`
      : table(
          ["host time of a call", "µs"],
          times.map(([what, microseconds]) => [what, String(microseconds)]),
        ),
  ];
};

export const compile = ({ cold, warm, nvcc, empty }: Compile): readonly string[] => [
  `\`tilewright build\` of one kernel for all architectures from a cold process: ` +
    `${shown(cold, 0.001, 2)} s (wall; processor).`,
  table(
    ["one more kernel in a warm process, capture to emission", "ms, wall; processor"],
    Object.entries(warm).map(([file, times]) => [`\`${file}\``, shown(times, 1, 0)]),
  ),
  `\`nvcc -c\` takes ${empty.seconds} s (${empty.processor} s of the processor) over a file with nothing in it.`,
  table(
    ["emitted file", "nvcc, s", "processor, s", "registers", "spilled bytes"],
    nvcc.map(({ file, ...n }) => [
      `\`${file}\``,
      ...[n.seconds, n.processor, n.registers, n.spills].map(String),
    ]),
  ),
];

/** The medians of both times. */
const shown = (times: readonly Times[], scale: number, digits: number): string =>
  [times.map((t) => t.wall), times.map((t) => t.processor)]
    .map((values) => (median(values) * scale).toFixed(digits))
    .join("; ");

export const simulator = ({ problem, simulator: ours, numpy }: Simulator): readonly string[] => [
  `${problem}: the simulator takes ${median(ours).toFixed(2)} s, with poison and race detection on, the emitted NumPy ` +
    `script ${median(numpy).toFixed(2)} s: ${(median(ours) / median(numpy)).toFixed(1)} times as long.`,
];
