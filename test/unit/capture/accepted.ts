// A kernel file with every kind of syntax that capture accepts.

import { header } from "./support.ts";

/** A file beside it. */
export const helper = `
export const factor = 2;
export function half(x: number): number { return x / 2.5; }
`;

/** One file with everything that is accepted. */
export const accepted = `${header}
import * as helper from "./helper.ts";
import { half as halved } from "./helper.ts";
import { kernel, tile } from "tilewright/dsl";
export { factor as again } from "./helper.ts";
export * as everything from "./helper.ts";
;
interface Pair { readonly first: number; readonly "second"?: number }
type Twice<T> = readonly [T, T];
function scaled(x: number): number {
  function inner(y: number): number { return y * helper.factor; }
  const z = inner(x);
  return z;
}
const pair: Pair = { first: 1, ["second"]: 2 };
const { first, second: other } = { ...pair } as { first: number; second: number };
const list = [1, 2.5, -3, +4] as const satisfies readonly number[];
const name = \`k\${first}a\${other}b\`;
const plain = \`plain\`;
const yes = !(false || true) === false && 1 + 1 !== 3;
const op = (a: number, b: number): number => ((a + b - a * b) / 2.5) % 7 ** 2;
const bits = (a: number, b: number): number => ((a & b) | (a ^ ~b)) << 1 >> 2;
const order = (a: number, b: number): boolean => a < b || a <= b || a > b || a >= b;
export const accepted = attention({
  inputs,
  outputs,
  scale: yes ? 1 / Math.sqrt(64) : list[0]!,
  score: (s, { q, kv }) => halved(s) + scaled(op(s, kv)) + name.length * 0 + plain.length * 0 + q,
  mask: ({ q, kv }) => order(q, bits(q, kv)),
});
export { accepted as twice };
export const body = kernel({
  inputs,
  outputs: { o: q },
  grid: { b: B, h: Hq, q: tile.rows(Sq) },
  body({ q, k, v, o }, { b, h, hkv, q: rows }) {
    const qs = tile.load(q, { b, h, q: rows });
    let acc = tile.zeros(rows, 64);
    for (const cols of tile.columns(Skv)) {
      const s = tile.qk(qs, tile.load(k, { b, hkv, kv: cols }));
      acc = tile.pv(acc, s, tile.load(v, { b, hkv, kv: cols }));
    }
    tile.store(o, { b, h, q: rows }, acc);
  },
});
`.replace(
  "name.length * 0 + plain.length * 0",
  '(name === "k1a2b" ? 0 : 1) + (plain === "plain" ? 0 : 1)',
);

/** Types are erased, so none of them is refused. */
export const types = `
interface Base<in out T> extends Array<T> { (x: number): void; new (x: number): T; readonly a?: 1; [k: string]: unknown; m(): this; get g(): 1; set g(x: 1) }
type A = any | unknown | never | object | string | symbol | boolean | bigint | null | undefined | void;
type B = { [K in keyof A as K & string]-?: A[K] };
type C<T> = T extends (infer U extends string)[] ? U : typeof globalThis;
type D = [a: string, b?: number, ...c: boolean[]];
type E = [string?, ...number[]];
type F = \`a\${string}b\${number}c\`;
type G = (new () => unique symbol) | abstract new () => asserts x is string;
type H = import("./helper.ts").Other;
type J = (x: { readonly y: 1 }) => number;
type I = (string)[] & readonly string[];
const x = (y: unknown): y is string => true;
`;
