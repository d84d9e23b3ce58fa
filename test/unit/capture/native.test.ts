// The specification of a kernel's score and mask is the author's function itself: captured expressions agree
// with it on more than 100,000 random points.

import { expect, test } from "vitest";
import { captureFile } from "../../../codegen/capture/capture.ts";
import { type Env, evaluate } from "../../../codegen/expr/evaluate.ts";
import { attentions } from "./support.ts";
import type { AttentionDescription } from "../../../codegen/spec/description.ts";
import * as causalGqaPrefill from "../../../kernels/causal_gqa_prefill.ts";
import * as densePrefill from "../../../kernels/dense_prefill.ts";
import * as documentPrefill from "../../../kernels/document_prefill.ts";
import * as prefixLmPrefill from "../../../kernels/prefix_lm_prefill.ts";
import * as sinkWindowPrefill from "../../../kernels/sink_window_prefill.ts";
import * as slidingWindowPrefill from "../../../kernels/sliding_window_prefill.ts";
import * as softcapPrefill from "../../../kernels/softcap_prefill.ts";
import * as functions from "./functions.ts";

const root = new URL("../../..", import.meta.url).pathname;
const points = 6000;
const seed = 20;

type Native = (...args: readonly unknown[]) => number | boolean;
interface Spec {
  readonly score?: unknown;
  readonly mask?: unknown;
}

const files: readonly (readonly [string, Readonly<Record<string, unknown>>])[] = [
  ["kernels/causal_gqa_prefill.ts", causalGqaPrefill],
  ["kernels/dense_prefill.ts", densePrefill],
  ["kernels/document_prefill.ts", documentPrefill],
  ["kernels/prefix_lm_prefill.ts", prefixLmPrefill],
  ["kernels/sink_window_prefill.ts", sinkWindowPrefill],
  ["kernels/sliding_window_prefill.ts", slidingWindowPrefill],
  ["kernels/softcap_prefill.ts", softcapPrefill],
  ["test/unit/capture/functions.ts", functions],
];

/** mulberry32: small, seeded, good enough. */
const generator = (state: number) => (): number => {
  state = (state + 0x6d2b79f5) | 0;
  let t = Math.imul(state ^ (state >>> 15), 1 | state);
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
};

/** Any value, but the same for the same tensor and index. */
const element = (tensor: string, index: readonly number[]): number => {
  const hash = [...tensor].reduce((a, c) => Math.imul(a, 31) + c.charCodeAt(0), 7);
  const mixed = index.reduce((a, i) => Math.imul(a ^ i, 0x9e3779b1), hash);
  return tensor === "docs" ? (mixed >>> 5) % 4 : ((mixed >>> 3) % 1000) / 64 - 8;
};

const viewsOf = (d: AttentionDescription): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    d.inputs.map((t) => [
      t.name,
      (index: Readonly<Record<string, number>>) =>
        element(
          t.name,
          t.axes.map((a) => index[a.axis] ?? Number.NaN),
        ),
    ]),
  );

let compared = 0;

/** -0 and 0 are one: integers have no negative zero. */
const agree = (a: number, b: number): boolean => a === b || (Number.isNaN(a) && Number.isNaN(b));

const compare = (d: AttentionDescription, spec: Spec): void => {
  const random = generator(seed);
  const whole = (below: number): number => Math.floor(random() * below);
  const views = viewsOf(d);
  for (let i = 0; i < points; i++) {
    const at: Readonly<Record<string, number>> = {
      b: whole(4),
      h: whole(8),
      hkv: whole(3),
      q: whole(i % 2 ? 40 : 5000),
      kv: whole(i % 2 ? 40 : 5000),
      qLen: 1 + whole(5000),
      kvLen: 1 + whole(5000),
    };
    const s = random() * 60 - 30;
    const env: Env = {
      variable: (name) => (name === "s" ? s : (at[name] ?? Number.NaN)),
      load: element,
    };
    const where = `${d.exportName}, seed ${seed}, point ${i}: s = ${s}, ${JSON.stringify(at)}`;
    if (d.score) {
      const native = Number((spec.score as Native)(s, at, views));
      const captured = evaluate(d.score.value, env, "f64");
      if (!agree(captured, native))
        expect.fail(`score of ${where}: ${captured}, natively ${native}`);
      compared++;
    }
    if (d.mask) {
      const native = Number((spec.mask as Native)(at, views));
      const captured = evaluate(d.mask.value, env, "f64");
      if (captured !== native) expect.fail(`mask of ${where}: ${captured}, natively ${native}`);
      compared++;
    }
  }
};

test.each(files)("%s agrees with its functions called natively", (file, module) => {
  for (const d of attentions(captureFile(file, { root }))) compare(d, module[d.exportName] as Spec);
});

test("more than 100,000 points were compared", () => {
  expect(compared).toBeGreaterThan(100_000);
});

test("a captured formula that is wrong is noticed", () => {
  const [d] = attentions(captureFile("kernels/causal_gqa_prefill.ts", { root }));
  const wrong = { score: (s: number) => s + 1, mask: () => true };
  expect(() => compare(d as AttentionDescription, wrong)).toThrow(
    /score of causalGqaPrefill, seed 20/,
  );
});
