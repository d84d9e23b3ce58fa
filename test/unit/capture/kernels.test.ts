// The shipped kernels as descriptions, and what a description takes from its file.

import { resolve } from "node:path";
import { expect, test } from "vitest";
import { captureFile } from "../../../codegen/capture/capture.ts";
import { printExpr } from "../../../codegen/expr/print.ts";
import { attentions, captureText, diagnosticsOf, header, kernel, project } from "./support.ts";

const root = new URL("../../..", import.meta.url).pathname;
const capture = (name: string, set = {}) =>
  attentions(captureFile(`kernels/${name}.ts`, { root, set }));

test("causal_gqa_prefill, whole", () => {
  const [d, ...rest] = capture("causal_gqa_prefill");
  expect(rest).toEqual([]);
  expect(d).toMatchObject({
    name: "causal_gqa_prefill",
    exportName: "causalGqaPrefill",
    file: "kernels/causal_gqa_prefill.ts",
    summary: "Causal grouped-query attention for prefill, with per-head ALiBi slopes.",
    dims: ["B", "Sq", "G", "Hkv", "Skv"],
    scalars: [],
    params: [{ name: "D", value: 128 }],
    scale: { kind: "const", type: "f32", value: 1 / Math.sqrt(128) },
    schedule: {},
  });
  expect(d?.inputs.map((t) => [t.name, t.dtype, t.axes.map((a) => a.axis).join(" ")])).toEqual([
    ["q", "f16", "b q h d"],
    ["k", "f16", "b kv hkv d"],
    ["v", "f16", "b kv hkv d"],
    ["slopes", "f32", "h"],
  ]);
  expect(d?.inputs[0]?.axes.map((a) => a.extent)).toEqual([["B"], ["Sq"], ["G", "Hkv"], 128]);
  expect(d?.outputs.map((t) => [t.name, t.dtype, t.role])).toEqual([
    ["o", "f16", { kind: "values" }],
    ["lse", "f32", { kind: "lse", base: "e" }],
  ]);
  expect(d?.score && printExpr(d.score.value)).toBe("s + slopes[h] * f32(kv - q)");
  expect(d?.mask && printExpr(d.mask.value)).toBe("kv <= q + (kvLen - qLen)");
  expect(d?.mask?.source).toBe("masks.causal");
  expect(d?.mask?.value.span).toMatchObject({
    file: "dsl/masks.ts",
    calledFrom: { file: "kernels/causal_gqa_prefill.ts", line: 21, column: 9, length: 12 },
  });
});

test("the other kernels' formulas", () => {
  const formulas = (name: string): readonly (string | undefined)[] =>
    capture(name).flatMap((d) => [d.score, d.mask].map((f) => f && printExpr(f.value)));
  expect(formulas("dense_prefill")).toEqual([undefined, undefined]);
  expect(formulas("sliding_window_prefill")).toEqual([
    undefined,
    "kv <= q + (kvLen - qLen) && q + (kvLen - qLen) - kv < 1024",
  ]);
  expect(formulas("softcap_prefill")).toEqual([
    "50.0 * tanh(s / 50.0)",
    "kv <= q + (kvLen - qLen)",
  ]);
});

test("parameters that are set enter the name", () => {
  expect(capture("dense_prefill", { D: "64" }).map((d) => d.name)).toEqual(["dense_prefill_d64"]);
  expect(capture("dense_prefill", { D: "128" }).map((d) => d.name)).toEqual(["dense_prefill"]);
  const text = `${header}const Scale = param("softScale", 1); const T = param("T", f16);\n${kernel("scale: Scale", "HTTPKernel2")}`;
  const [d] = captureText(text, { softScale: "-0.5", T: "bf16" });
  expect(d?.name).toBe("http_kernel2_soft_scalem0p5_t_bf16");
  expect(d?.params).toEqual([
    { name: "softScale", value: -0.5 },
    { name: "T", value: "bf16" },
  ]);
});

test("a sink is a number for each row, from coordinates without kv, tensors and scalars", () => {
  const sinkOf = (sink: string): string | undefined => {
    const text = `${header}const heat = scalar("heat", f32);
export const one = attention({ inputs: { ...inputs, bias: f32({ h: Hq }) }, outputs, sink: ${sink} });`;
    const [d] = captureText(text);
    return d?.sink && printExpr(d.sink.value);
  };
  expect(sinkOf("() => 0")).toBe("0.0");
  expect(sinkOf("({ h, q }, { bias }) => bias({ h }) * heat + q")).toBe("bias[h] * heat + f32(q)");
});

test("scalars are listed where they are used", () => {
  const text = `${header}const heat = scalar("heat", f32); const reach = scalar("reach", i32); const other = scalar("other", f32);
${kernel("scale: heat / 2, mask: ({ q, kv }) => q - kv < reach", "one")} ${kernel("", "two")}`;
  const [one, two] = captureText(text);
  expect(one?.scalars).toEqual([
    { name: "heat", type: "f32" },
    { name: "reach", type: "i32" },
  ]);
  expect(one && printExpr(one.scale)).toBe("heat / 2.0");
  expect(two?.scalars).toEqual([]);
  expect(two?.scale).toMatchObject({ kind: "const", value: 0.125 });
});

test("schedules, bases and value dimensions", () => {
  const text = `${header}export const one = attention({
  inputs: { q, k, v: f16({ b: B, hkv: Hkv, kv: Skv, d: 40 }) },
  outputs: { l2: out.logSumExp(f32({ q: Sq, b: B, h: Hq }), { base: 2 }), y: out.values(f16({ b: B, h: Hq, q: Sq, d: 40 })) },
  schedule: { sm_80: { tile: { q: 128, kv: 64 }, warps: 4, stages: 2 }, "*": { tile: { kv: 32 } } },
});`;
  const [d] = captureText(text);
  expect(d?.schedule).toEqual({
    sm_80: { tile: { q: 128, kv: 64 }, warps: 4, stages: 2 },
    "*": { tile: { kv: 32 } },
  });
  expect(d?.outputs.map((o) => o.role)).toEqual([{ kind: "lse", base: 2 }, { kind: "values" }]);
});

test("heads: products, constants and multi-query", () => {
  const heads = (h: string, hkv: string): readonly string[] =>
    captureText(`${header}const { H, P } = dims("H", "P"); const a = H.times(P);
export const one = attention({ inputs: { q: f16({ b: B, q: Sq, h: ${h}, d: 64 }), k: f16({ b: B, kv: Skv, hkv: ${hkv}, d: 64 }), v: f16({ b: B, kv: Skv, hkv: ${hkv}, d: 64 }) },
  outputs: { o: out.values(f16({ b: B, q: Sq, h: ${h}, d: 64 })) } });`).map((d) => d.name);
  for (const [h, hkv] of [
    ["32", "8"],
    ["H", "1"],
    ["H", "H"],
    ["P.times(H)", "P"],
    ["a.times(G)", "P.times(H)"],
  ])
    expect(heads(h as string, hkv as string)).toEqual(["one"]);
  for (const [h, hkv] of [
    ["32", "5"],
    ["H", "P"],
    ["32", "H"],
    ["H", "2"],
  ])
    expect(() => heads(h as string, hkv as string), `${h} ${hkv}`).toThrow(/A1010/);
});

test("a mask that is always true is none", () => {
  const [d] = captureText(header + kernel("mask: () => 1 < 2"));
  expect(d && "mask" in d).toBe(false);
});

test("a kernel exported from another file keeps the file that exports it", () => {
  const others = { "lib/one.ts": header + kernel("", "inner") };
  const [d] = captureText('export { inner as outer } from "./lib/one.ts";', {}, others);
  expect([d?.name, d?.file]).toEqual(["outer", "kernel.ts"]);
});

test("without a root, a file outside the working directory is its folder's", () => {
  const folder = project({
    "in/kernel.ts": `import { cap } from "./cap.ts";\n${header}${kernel("score: (s) => s + cap")}`,
    "in/cap.ts": "export const cap = 2;",
    "in/bad.ts": 'import "../out.ts";',
    "out.ts": "",
  });
  const [d] = attentions(captureFile(`${folder}/in/kernel.ts`));
  expect(resolve(d?.file ?? "")).toBe(`${folder}/in/kernel.ts`);
  expect(diagnosticsOf(() => captureFile(`${folder}/in/bad.ts`)).map((x) => x.code)).toEqual([
    "A2018",
  ]);
});
