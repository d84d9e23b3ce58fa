// `tilewright mask`: a kernel's mask, or one given as text, as an SVG with the tiles that a schedule skips.

import { basename, dirname } from "node:path";
import type { ArchName } from "../arch/arch.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { type CompiledKernel, compileDescription } from "../compile.ts";
import { maskMap, type MaskMap, readBy } from "../explain/mask.ts";
import { maskSvg } from "../explain/mask-svg.ts";
import { inputArrays } from "../simulate.ts";
import { type AttentionDescription, extentOf } from "../spec/description.ts";
import { isPlainName, writeFiles } from "./files.ts";
import { readInputs } from "./inputs.ts";
import type { Report } from "./report.ts";
import { type AxisDefaults, launchValues, smallSizes, type Values } from "./sizes.ts";
import { kernelsOf, type SourceFlags } from "./source.ts";

export interface MaskFlags extends SourceFlags {
  readonly arch: ArchName;
  /** Sizes and launch scalars that the user chose. */
  readonly given: Values;
  /** `b` and `h` of the head that is drawn; 0 where absent. */
  readonly at: Values;
  readonly seed: number;
  readonly inputs?: string;
  readonly out: string;
  /** A mask as text, in place of a file. */
  readonly mask?: string;
}

const usage = (message: string): never => fail(codes.usage(undefined, message));

/** Large enough to see tiles. */
const usualSizes: AxisDefaults = { ...smallSizes, q: 1024, kv: 1024 };
/** What is counted element by element in a few seconds. */
const mostElements = 2 ** 26;

export const mask = async (file: string | undefined, flags: MaskFlags): Promise<Report> => {
  const name = basename(flags.out);
  if (!isPlainName(name) || !name.endsWith(".svg"))
    usage(`--out wants a file of letters, digits, - and _ that ends in .svg, and has "${name}"`);
  const { kernel, description } = await wanted(file, flags);
  const map = mapOf(kernel, description, flags);
  const [path = ""] = writeFiles(dirname(flags.out), [{ name, data: maskSvg(map) }]);
  const { full, partial, skipped } = map.counts;
  return {
    results: [resultOf(map, path)],
    lines: [
      `${map.kernel} ${map.arch}: ${full} tiles full, ${partial} partial, ${skipped} skipped`,
      path,
    ],
  };
};

interface Wanted {
  readonly kernel: CompiledKernel;
  readonly description: AttentionDescription;
}

const wanted = async (file: string | undefined, flags: MaskFlags): Promise<Wanted> => {
  if ((file === undefined) === (flags.mask === undefined))
    return usage("mask wants a kernel file, or --mask and no file");
  if (flags.mask !== undefined) return fromText(flags.mask);
  const kernels = await kernelsOf([file ?? ""], flags);
  const [first, ...others] = kernels.map((k) => k.kernel);
  if (first === undefined || others.length > 0)
    return usage(
      `${file} has ${kernels.length} kernels: choose one with --kernel: ${kernels.map((k) => k.kernel.name).join(", ")}`,
    );
  const { description } = first;
  if (description === undefined)
    return fail(codes.onlyRun(undefined, first.name, "a picture of its mask"));
  if (description.kind === "kernel")
    return usage(`${first.name} writes its own loops: mask draws what attention() describes`);
  return { kernel: first, description };
};

/** The dense kernel that would have that mask. */
const fromText = async (text: string): Promise<Wanted> => {
  const { parseExpr } = await import("../tile/parse.ts");
  const { Names, formulaVariables } = await import("../tile/scope.ts");
  const names = new Names();
  for (const [name, type] of Object.entries(formulaVariables))
    if (name !== "s") names.declare(name, type);
  const value = parseExpr(text, names, "--mask");
  if (value.type !== "bool") usage(`--mask wants a condition, and has a number: "${text}"`);
  const span = { file: "--mask", line: 1, column: 1, length: text.length };
  const axes = (rows: "q" | "kv", heads: "h" | "hkv") =>
    [
      { axis: "b", extent: ["B"] },
      { axis: rows, extent: [rows === "q" ? "Sq" : "Skv"] },
      { axis: heads, extent: ["H"] },
      { axis: "d", extent: 128 },
    ] as const;
  const description: AttentionDescription = {
    ...{ kind: "attention", name: "mask", exportName: "mask", file: "--mask", span },
    ...{ dims: ["B", "Sq", "Skv", "H"], scalars: [], params: [] },
    inputs: [
      { name: "q", dtype: "f16", axes: axes("q", "h") },
      { name: "k", dtype: "f16", axes: axes("kv", "hkv") },
      { name: "v", dtype: "f16", axes: axes("kv", "hkv") },
    ],
    outputs: [{ name: "o", dtype: "f16", axes: axes("q", "h"), role: { kind: "values" } }],
    scale: { kind: "const", type: "f32", value: 1 },
    mask: { value, span, source: text },
    schedule: {},
  };
  return { kernel: compileDescription(description), description };
};

const mapOf = (
  kernel: CompiledKernel,
  description: AttentionDescription,
  flags: MaskFlags,
): MaskMap => {
  const { sizes, scalars } = launchValues(kernel.program, flags.given, usualSizes);
  const reads = readBy(description.mask?.value);
  const inputs = kernel.program.inputs.filter((t) => reads.has(t.name));
  const given =
    flags.inputs === undefined
      ? {}
      : readInputs({ ...kernel, program: { ...kernel.program, inputs } }, flags.inputs);
  const arrays = inputArrays({ name: kernel.name, inputs }, sizes, {
    inputs: given,
    seed: flags.seed,
  });
  const values = { ...sizes, ...scalars };
  const extent = (axis: "b" | "q" | "kv" | "h"): number => extentOn(description, axis, values);
  for (const name of Object.keys(flags.at))
    if (name !== "b" && name !== "h") usage(`--at knows b and h, and has ${name}`);
  const { b = 0, h = 0 } = flags.at;
  for (const [axis, x] of [
    ["b", b],
    ["h", h],
  ] as const)
    if (!Number.isInteger(x) || x < 0 || x >= extent(axis))
      usage(`--at ${axis}=${x} lies outside 0 .. ${extent(axis) - 1}`);
  if (extent("q") * extent("kv") > mostElements)
    usage(
      `${extent("q")} x ${extent("kv")} elements are too many for a picture: choose smaller --dims`,
    );
  return maskMap(kernel, description, { arch: flags.arch, values, arrays, at: { b, h } });
};

const extentOn = (d: AttentionDescription, axis: string, values: Values): number =>
  extentOf(d.inputs.flatMap((t) => t.axes).find((a) => a.axis === axis)?.extent ?? 1, values);

const resultOf = (map: MaskMap, path: string): object => ({
  kernel: map.kernel,
  arch: map.arch,
  mask: map.source,
  dims: map.values,
  at: map.at,
  tile: { q: map.q.tile, kv: map.kv.tile },
  tiles: map.counts,
  visitedInVain: map.vain,
  elements: { seen: map.visible, all: map.q.extent * map.kv.extent },
  file: path,
});
