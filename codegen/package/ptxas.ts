// What ptxas says of each kernel that it assembles (its option -v). Knows neither who called it nor what
// the kernels compute.

/** What ptxas assigned to one `__global__` function. */
export interface KernelResources {
  readonly name: string;
  /** Per thread. */
  readonly registers: number;
  /** Bytes per thread, written and read. */
  readonly spillStores: number;
  readonly spillLoads: number;
  readonly stackBytes: number;
  /** Static shared memory, bytes per block. */
  readonly sharedBytes: number;
  readonly barriers: number;
}

/** The numbers of `ptxas -v`, in the order of the report. */
export const parsePtxas = (output: string): readonly KernelResources[] => {
  const parts = output.split(/Compiling entry function '/).slice(1);
  return parts.map((text) => {
    const count = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0);
    return {
      name: plainName(text.slice(0, text.indexOf("'"))),
      registers: count(/Used (\d+) registers/),
      spillStores: count(/(\d+) bytes spill stores/),
      spillLoads: count(/(\d+) bytes spill loads/),
      stackBytes: count(/(\d+) bytes stack frame/),
      sharedBytes: count(/(\d+) bytes smem/),
      barriers: count(/used (\d+) barriers/),
    };
  });
};

/** The innermost name of an Itanium-mangled function: `_ZN12_GLOBAL__N_12goEv` is `go`. */
const plainName = (mangled: string): string => {
  let rest = mangled.replace(/^_ZN?/, "");
  let name = mangled;
  for (let match = /^(\d+)/.exec(rest); match; match = /^(\d+)/.exec(rest)) {
    const start = match[0].length;
    const length = Number(match[0]);
    name = rest.slice(start, start + length);
    rest = rest.slice(start + length);
  }
  return name;
};
