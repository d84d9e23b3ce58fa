// Every code of section A1: what provokes it though TypeScript has checked the file, and the exact place
// that it marks.

import { test } from "vitest";
import { type Case, expectCase, kernel } from "./support.ts";

/** Kernels whose types are cast away. */
const own = (inputs: string): string =>
  `export const kernelOne = attention({ inputs: ${inputs}, outputs } as any);`;
const bare = (spec: string): string => `export const kernelOne = attention(${spec} as any);`;

const cases: readonly Case[] = [
  { code: "A1001", text: kernel("scale: «true as any»"), message: "scale is the boolean true" },
  { code: "A1001", text: kernel("mask: «3 as any»"), message: "mask is the number 3" },
  { code: "A1001", text: bare("«{ outputs }»"), message: "inputs is undefined" },
  {
    code: "A1001",
    text: own("{ ...inputs, x: «f32({})» }"),
    message: "x is a tensor without axes",
  },
  {
    code: "A1002",
    text: bare("{ inputs, outputs, «scael»: 2 }"),
    message: "attention has no field scael",
  },
  { code: "A1003", text: own("«{ q, k }»"), message: "the input v is missing" },
  {
    code: "A1004",
    text: own("{ q, k, v: «f16({ b: B, kv: Skv, hkv: Hkv })» }"),
    message: "v has the axes b, kv, hkv",
  },
  {
    code: "A1004",
    text: own("{ q, k, v: «f16({ b: B, d: 64, kv: Skv, hkv: Hkv })» }"),
    message: "v has the axes b, d, kv, hkv",
  },
  {
    code: "A1005",
    text: own("{ q, k, v, x: f16({ b: B, «z»: 1 } as any) }"),
    message: "there is no axis z",
  },
  {
    code: "A1006",
    text: own("{ q, k, v: «bf16({ b: B, kv: Skv, hkv: Hkv, d: 64 })» }"),
    message: "v is bf16",
  },
  {
    code: "A1006",
    text:
      "const T = param('T', f16); const t = T({ b: B, kv: Skv, hkv: Hkv, d: 64 }); " +
      own("{ q, k: «t», v: t }"),
    message: "k is bf16",
    set: { T: "bf16" },
  },
  {
    code: "A1007",
    text: own("{ ...inputs, x: f32({ h: «1.5» }) }"),
    message: "the extent of axis h is the number 1.5",
  },
  {
    code: "A1007",
    text: own("{ ...inputs, x: f32({ h: «2147418113» }) }"),
    message: "the extent of axis h is the number 2147418113",
  },
  {
    code: "A1008",
    text: own("{ ...inputs, x: «f32({ h: Hkv })» }"),
    message: "axis h has Hkv elements in x, but G * Hkv in q",
  },
  {
    code: "A1008",
    text: own("{ q, k: «f16({ b: B, kv: Skv, hkv: Hkv, d: 72 })», v }"),
    message: "axis d has 72 elements in k, but 64 in q",
  },
  {
    code: "A1009",
    text:
      "const D = param('D', 64); export const kernelOne = attention({ inputs: " +
      "{ q: «f16({ b: B, q: Sq, h: Hq, d: D })», k: f16({ b: B, kv: Skv, hkv: Hkv, d: D }), v }, outputs });",
    message: "the head dimension of q is 60",
    set: { D: "60" },
  },
  {
    code: "A1010",
    text:
      "const { H } = dims('H'); export const kernelOne = attention({ inputs: " +
      "{ q: «f16({ b: B, q: Sq, h: H, d: 64 })», k, v }, outputs: { o: out.values(f16({ b: B, q: Sq, h: H, d: 64 })) } });",
    message: "H query heads are not a whole number of times Hkv key and value heads",
  },
  {
    code: "A1011",
    text: "const x = dims(«'half'»);",
    message: '"half" cannot be the name of a size',
  },
  {
    code: "A1011",
    text: "export const «a__b» = attention({ inputs, outputs });",
    message: '"a__b" cannot be the name of a kernel',
  },
  {
    code: "A1011",
    text: own("{ ...inputs, «'x; system()'»: f32({ h: Hq }) }"),
    message: '"x; system()" cannot be the name of an input',
  },
  {
    code: "A1012",
    text: "const x = dims(«'kvLen'»);",
    message: "the name kvLen of a size is taken by a coordinate of scores and masks",
  },
  {
    code: "A1012",
    text: "const x = dims(«'row'»);",
    message: "the name row of a size is taken by a coordinate of tile programs",
  },
  {
    code: "A1012",
    text: "const x = scalar(«'workspace'», f32);",
    message: "the name workspace of a scalar is taken by an argument of every launch",
  },
  {
    code: "A1012",
    text: own("{ ...inputs, bias: f32({ h: Hq }), BIAS: «f32({ h: Hq })» }"),
    message: "the name BIAS of a tensor is taken by a tensor",
  },
  {
    code: "A1013",
    text: "export const kernelOne = attention({ inputs, outputs: «{}» });",
    message: "0 outputs are out.values",
  },
  {
    code: "A1014",
    text: "const D = param('D', 64);",
    message: "--set E: the file has no parameter of that name",
    set: { E: "1" },
  },
  {
    code: "A1015",
    text: "const D = «param('D', 64)»;",
    message: "--set D=0x40: the value is not a number",
    set: { D: "0x40" },
  },
  {
    code: "A1015",
    text: "const T = «param('T', f16)»;",
    message: "--set T=f32: the value is not f16 or bf16",
    set: { T: "f32" },
  },
  {
    code: "A1016",
    text: `${kernel("", "kernelOne")} export const «kernel_one» = kernelOne;`,
    message: "the exports kernelOne and kernel_one would both become the kernel kernel_one",
  },
  {
    code: "A1017",
    text: kernel("schedule: { sm_80: { warps: «1.5» } }"),
    message: "warps in the schedule is the number 1.5",
  },
  {
    code: "A1002",
    text: kernel("schedule: { «sm_10»: {} } as any"),
    message: "schedule has no field sm_10",
  },
  {
    code: "A1018",
    text: "const x = param('D', 1); const y = «param('D', 2)»;",
    message: "the parameter D is declared twice",
  },
  { code: "A1018", text: "const x = dims('N', «'N'»);", message: "the size N is declared twice" },
  {
    code: "A1018",
    text: "const x = scalar('heat', f32); const y = «scalar('heat', f32)»;",
    message: "the scalar heat is declared twice",
  },
  {
    code: "A1019",
    text: "const sink = (): any => B; " + kernel("sink: «sink»"),
    message: "sink returns the size B",
  },
  {
    code: "A1019",
    text: kernel("mask: «(({ q }: any) => q) as any»"),
    message: "mask returns a number",
  },
];

test.each(cases)("$code $message", expectCase);
