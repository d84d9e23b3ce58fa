// The Python function of one kernel: its signature and docstring. The runtime does the work.

import type { Manifest } from "../cuda/manifest.ts";
import { docText } from "./names.ts";

type Tensors = Manifest["inputs"];

/** What a function of the package names itself. */
export const reservedNames = (manifest: Manifest): readonly string[] => [
  "out",
  `_${manifest.kernel}`,
];

const pythonTypes = { f32: "float", i32: "int", i64: "int", bool: "bool" } as const;

export const functionText = (manifest: Manifest): string => {
  const inputs = manifest.inputs.map((t) => t.name);
  const given = givenDims(manifest);
  const scalars = manifest.scalars.map((s) => s.name);
  const results = manifest.outputs.map(() => "Tensor");
  const type = results.length === 1 ? "Tensor" : `tuple[${results.join(", ")}]`;
  const parameters = [
    ...inputs.map((name) => `${name}: Tensor`),
    "*",
    ...given.map((name) => `${name}: int`),
    ...manifest.scalars.map((s) => `${s.name}: ${pythonTypes[s.type]}`),
    `out: ${type} | None = None`,
  ];
  return `def ${manifest.kernel}(
${parameters.map((p) => `    ${p},\n`).join("")}) -> ${type}:
    """${docString(manifest)}
    """
    return _${manifest.kernel}.call(${tuple(inputs)}, ${tuple(given)}, ${tuple(scalars)}, out)
`;
};

const tuple = (names: readonly string[]): string =>
  names.length === 1 ? `(${names[0]},)` : `(${names.join(", ")})`;

const docString = (manifest: Manifest): string => {
  const lines = [
    docText(manifest.summary ?? manifest.kernel),
    "",
    ...manifest.inputs.map(tensorLine),
    ...manifest.scalars.map((s) => `${s.name}: ${s.type}`),
    "Returns:",
    ...manifest.outputs.map((t) => `    ${tensorLine(t)}`),
  ];
  return lines.join("\n    ").replace(/ +$/gm, "");
};

const tensorLine = ({ name, dtype, axes }: Tensors[number]): string =>
  `${name}: ${dtype} [${axes.map((a) => `${a.axis}=${docText(String(a.extent))}`).join(", ")}]`;

/** The dims that no input's shape tells, alone or in a product whose other factors are known. */
export const givenDims = (manifest: Manifest): readonly string[] => {
  const known = new Set<string>();
  const products = manifest.inputs.flatMap((t) => t.axes.map((a) => factors(a.extent)));
  for (;;) {
    const learned = products
      .map((names) => [...new Set(names.filter((n) => !known.has(n)))])
      .filter((unknown) => unknown.length === 1);
    if (learned.length === 0) return manifest.dims.filter((d) => !known.has(d));
    for (const [name] of learned) known.add(name!);
  }
};

/** `G * Hkv` as names; constants tell nothing. */
const factors = (extent: number | string): readonly string[] =>
  String(extent)
    .split("*")
    .map((f) => f.trim())
    .filter((f) => !/^\d+$/.test(f));
