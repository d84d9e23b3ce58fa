// The emitted CUDA of sm_90a without one call that orders something, for each such call: the emulator stops, or results
// are wrong. What a statement's helper does to order its own work (fences, the closing of groups, meetings) no
// simulated program can leave out; here it is gone.

import { isDeepStrictEqual } from "node:util";
import { afterAll, expect, test } from "vitest";
import { archs } from "../../../codegen/arch/archs.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import { manifest } from "../../../codegen/cuda/manifest.ts";
import { lower } from "../../../codegen/lower/lower.ts";
import { schedule } from "../../../codegen/passes/schedule.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { dense } from "../../support/descriptions.ts";
import { causal } from "../reference/describe.ts";
import { readyEmulated } from "./launch.ts";

const description = dense({ headDim: 64, mask: causal });
const program = schedule(lower(description), archs.sm_90a);
const sizes = { B: 1, Sq: 130, Skv: 660, Hkv: 1, G: 1 };
const inputs = randomInputs(description, sizes, 5);
// Towards the middle keys score higher, so that tiles from the end are done again by their maximum.
const keys = inputs["k"]!.data;
for (let i = 0; i < keys.length; i++) {
  const key = Math.floor(i / 64) % sizes.Skv;
  keys[i] = keys[i]! * 2 ** Math.floor(Math.min(key, sizes.Skv - key) / 128);
}
// What rows before them must not see, each in a column of its own; the last tile of keys, masked too, has none.
for (const [fromEnd, column, value] of [
  [40, 5, NaN],
  [30, 6, Infinity],
] as const)
  inputs["v"]!.data[(sizes.Skv - fromEnd) * 64 + column] = value;

/** `tie` is no instruction; turns order nothing but time, and the simulator counts them. */
const orders = [
  ...["order_registers", "close_products", "order_copies", "publish_barriers", "sync_block"],
  ...["any_thread", "arrive_expecting", "arrive_warp", "await_phase", "await_products"],
];

/** Numbers the calls that stand as statements of their own. */
const numbered = (source: string, calls: string[]): string => {
  const call = new RegExp(`\\b(?:${orders.join("|")})(?:<[^;{}]*>)?\\([^;{}]*\\);`, "g");
  return source.replace(call, (text, at: number) => {
    const helper =
      [...source.slice(0, at).matchAll(/^(?:template <.*> )?DEVICE .*?(\w+)\(/gm)].at(-1)?.[1] ??
      "";
    calls.push(`${text} of ${helper}`);
    return `if (left_out != ${calls.length - 1}) ${text}`;
  });
};

const calls: string[] = [];
const ready = readyEmulated(emitCuda(program), manifest(program, ""), { sizes, inputs }, (source) =>
  numbered(source, calls),
);
afterAll(() => ready.dispose());

const resultsOf = (leftOut: number, slowWarp: number): unknown => {
  try {
    const { outputs } = ready.run(String(leftOut), String(slowWarp));
    return Object.values(outputs).map((o) => Float32Array.from(o.data));
  } catch (error) {
    return error instanceof Error ? error.message : error;
  }
};
const NONE = -1;
const whole = resultsOf(NONE, NONE);

/** One that readies the mbarriers; one that makes zeros of what is not finite; one whose rows see it; the one that loads. */
const slowWarps = [0, 5, 7, 12];

test.each(slowWarps)("whole, whatever warp is slow: %i", (warp) => {
  expect(resultsOf(NONE, warp)).toEqual(whole);
});

test.each(calls.map((call, i) => [call, i] as const))("without %s", (_, i) => {
  const same = [NONE, ...slowWarps].every((warp) => isDeepStrictEqual(resultsOf(i, warp), whole));
  expect(same).toBe(false);
});
