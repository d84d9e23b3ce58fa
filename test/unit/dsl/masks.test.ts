// The shipped masks: what each shows, by its definition in a few words of set theory; which tiles a kernel visits for it,
// held against every element; and the simulator against the oracle.

import { expect, test } from "vitest";
import { compileDescription } from "../../../codegen/compile.ts";
import { maskMap, type MaskMap } from "../../../codegen/explain/mask.ts";
import { from, type NdArray } from "../../../codegen/sim/ndarray.ts";
import { runKernel } from "../../../codegen/simulate.ts";
import { generator } from "../../../codegen/sim/random.ts";
import { captureText, header, kernel } from "../capture/support.ts";

interface Case {
  /** Of the input that the mask reads, if any: its values for a batch entry, and its declaration. */
  readonly input?: {
    readonly type: string;
    readonly of: (b: number, kvLen: number, qLen: number) => number[];
  };
  /** Whether the query at position `at` (of the keys) sees `kv`. */
  readonly shows: (
    at: number,
    kv: number,
    tensor: readonly number[],
    lengths: { readonly qLen: number; readonly kvLen: number },
  ) => boolean;
  /** No tile is visited in vain. */
  readonly exact: boolean;
}

const random = generator(5);
const pieces = (count: number, longest: number): number[] => {
  const ids: number[] = [];
  for (let id = 0; ids.length < count; id++)
    ids.push(...Array.from({ length: 1 + random.integer(longest) }, () => id));
  return ids.slice(0, count);
};
const ids = { type: "i32({ b: B, kv: Skv })", of: (_: number, kvLen: number) => pieces(kvLen, 70) };

const cases: Readonly<Record<string, Case>> = {
  "masks.band(70, 20)": { shows: (at, kv) => at - 70 <= kv && kv <= at + 20, exact: true },
  "masks.or(masks.causal, masks.first(45))": {
    shows: (at, kv) => kv <= at || kv < 45,
    exact: true,
  },
  'masks.prefixLm("extra")': {
    input: { type: "i32({ b: B })", of: (b, kvLen) => [[0, kvLen, 61, -3][b % 4]!] },
    shows: (at, kv, [length = 0]) => kv <= at || kv < length,
    exact: true,
  },
  'masks.and(masks.causal, masks.documents("extra"))': {
    input: ids,
    shows: (at, kv, doc) => kv <= at && doc[at] === doc[kv],
    exact: false,
  },
  "masks.sinkAndWindow(4, 50)": {
    shows: (at, kv) => kv <= at && (kv < 4 || kv > at - 50),
    exact: true,
  },
  "masks.and(masks.causal, masks.dilated(3))": {
    shows: (at, kv) => kv <= at && (at - kv) % 3 === 0,
    exact: false,
  },
  "masks.chunkedLocal(48)": {
    shows: (at, kv) => kv <= at && Math.floor(at / 48) === Math.floor(kv / 48),
    exact: false,
  },
  // Five words for a query: room for 160 drafts, more than any shape has.
  'masks.tree("extra")': {
    input: { type: "i32({ b: B, q: Sq, word: 5 })", of: (_b, _kvLen, qLen) => words(5 * qLen) },
    shows: (at, kv, ancestors, { qLen, kvLen }) => {
      const [row, draft] = [at - (kvLen - qLen), kv - (kvLen - qLen)];
      return draft < 0 || isSet(ancestors[5 * row + (draft >> 5)]!, draft % 32);
    },
    exact: false,
  },
  'masks.multiItem("extra")': {
    input: ids,
    shows: (at, kv, item) => kv <= at && (item[kv] === 0 || item[kv] === item[at]),
    exact: false,
  },
};

/** One bit of a word that any machine holds. */
const isSet = (word: number, bit: number): boolean => Math.floor((word >>> 0) / 2 ** bit) % 2 === 1;
const words = (count: number): number[] => Array.from({ length: count }, () => random.uint32() | 0);

const schedule = "schedule: { '*': { tile: { q: 32, kv: 32 }, warps: 1, stages: 1 } }";

const compiled = (mask: string, { input }: Case) => {
  const inputs = input ? `inputs: { ...inputs, extra: ${input.type} }, ` : "";
  const text = `${header}${kernel(`mask: ${mask}, ${schedule}`).replace("inputs, ", inputs || "inputs, ")}`;
  const [description] = captureText(text.replace("d: 64", "d: 16").replaceAll("d: 64", "d: 16"));
  return { description: description!, kernel: compileDescription(description!) };
};

/** Queries no longer than keys: a query's own position lies among them. */
const shapes = [
  { B: 4, Sq: 70, Skv: 203, Hkv: 1, G: 1 },
  { B: 1, Sq: 130, Skv: 130, Hkv: 1, G: 2 },
  { B: 1, Sq: 33, Skv: 33, Hkv: 1, G: 1 },
];

type Shape = (typeof shapes)[number];
const extras = ({ input }: Case, { B, Sq, Skv }: Shape): Readonly<Record<string, NdArray>> => {
  if (!input) return {};
  const rows = Array.from({ length: B }, (_, b) => input.of(b, Skv, Sq));
  const more = input.type.includes("kv") ? [Skv] : input.type.includes("word") ? [Sq, 5] : [];
  return { extra: from("i32", rows.flat(), [B, ...more]) };
};

/** Judges every tile by all its elements, and every element by the definition. */
const judge = (map: MaskMap, { shows, exact }: Case, tensor: readonly number[]): void => {
  const { q, kv } = map;
  const lengths = { qLen: q.extent, kvLen: kv.extent };
  map.tiles.forEach((row, i) =>
    row.forEach((state, j) => {
      let [seen, all] = [0, 0];
      for (let x = i * q.tile; x < Math.min((i + 1) * q.tile, q.extent); x++)
        for (let y = j * kv.tile; y < (j + 1) * kv.tile; y++) {
          all++;
          if (y >= kv.extent) continue;
          const shown = shows(x + kv.extent - q.extent, y, tensor, lengths);
          if (shown !== map.sees(x, y))
            expect.fail(`${map.source} at q = ${x}, kv = ${y}: ${shown}`);
          if (shown) seen++;
        }
      const right = state === "skipped" ? seen === 0 : state === "partial" || seen === all;
      if (!right || (exact && seen === 0 && state !== "skipped"))
        expect.fail(`${map.source}: tile ${i}, ${j} is ${state}, with ${seen} of ${all} seen`);
    }),
  );
};

test.each(Object.entries(cases))("%s", async (mask, what) => {
  const { description, kernel } = compiled(mask, what);
  for (const dims of shapes)
    for (const arch of ["sm_80", "sm_90"] as const) {
      const arrays = extras(what, dims);
      for (let b = 0; b < dims.B; b++) {
        const map = maskMap(kernel, description, { arch, values: dims, arrays, at: { b, h: 0 } });
        const width = (arrays["extra"]?.data.length ?? 0) / dims.B;
        const tensor = [...(arrays["extra"]?.values() ?? [])].slice(b * width, (b + 1) * width);
        judge(map, what, tensor);
      }
      const { judgements } = await runKernel(kernel, { dims, inputs: arrays, arch, seed: 3 });
      const failed = judgements.flatMap((j) => (j.accuracy.pass ? [] : [j.accuracy.name]));
      expect(failed, `${mask} for ${arch} at ${JSON.stringify(dims)}`).toEqual([]);
    }
});

test("packed bits: the lowest bit of a byte first, each batch entry from a byte of its own", async () => {
  const fields =
    "inputs: { ...inputs, bits: i32({ word: W }), starts: i32({ b: B }) }, outputs, " +
    `mask: masks.packedBits("bits", "starts"), ${schedule}`;
  const text = `${header}const { W } = dims("W"); export const packed = attention({ ${fields} });`;
  const [description] = captureText(text.replaceAll("d: 64", "d: 16"));
  const [Sq, Skv] = [37, 75];
  const seen = Array.from({ length: 2 }, () =>
    Array.from({ length: Sq * Skv }, () => random.integer(3) === 0),
  );
  // The second entry begins at an odd byte.
  const starts = [0, Math.ceil((Sq * Skv) / 8)];
  const bytes = new Uint8Array(4 * Math.ceil((2 * starts[1]! + 1) / 4));
  seen.forEach((entry, b) =>
    entry.forEach((bit, i) => {
      if (bit) bytes[starts[b]! + (i >> 3)]! |= 1 << (i & 7);
    }),
  );
  const view = new DataView(bytes.buffer);
  const packed = Array.from({ length: bytes.length / 4 }, (_, i) => view.getInt32(4 * i, true));
  const dims = { B: 2, Sq, Skv, Hkv: 1, G: 1, W: packed.length };
  const arrays = { bits: from("i32", packed, [packed.length]), starts: from("i32", starts, [2]) };
  const kernel = compileDescription(description!);
  for (const b of [0, 1]) {
    const at = { arch: "sm_80" as const, values: dims, arrays, at: { b, h: 0 } };
    const { sees } = maskMap(kernel, description!, at);
    seen[b]!.forEach((bit, i) => {
      if (sees(Math.floor(i / Skv), i % Skv) !== bit) expect.fail(`entry ${b}, bit ${i}`);
    });
  }
  const { judgements } = await runKernel(kernel, { dims, inputs: arrays, seed: 4 });
  expect(judgements.map((j) => j.accuracy.pass)).toEqual([true]);
});

test("sink and window visit their two ranges and nothing between them", () => {
  const mask = "masks.sinkAndWindow(4, 50)";
  const { description, kernel } = compiled(mask, cases[mask]!);
  const values = { B: 1, Sq: 320, Skv: 320, Hkv: 1, G: 1 };
  const map = maskMap(kernel, description, {
    arch: "sm_80",
    values,
    arrays: {},
    at: { b: 0, h: 0 },
  });
  const visited = map.tiles.map((row) => row.flatMap((s, j) => (s === "skipped" ? [] : [j])));
  expect(visited.slice(-2)).toEqual([
    [0, 6, 7, 8],
    [0, 7, 8, 9],
  ]);
  expect(map.vain).toBe(0);
});

test("the judge notices a tile that is skipped or left unmasked wrongly", () => {
  const mask = "masks.sinkAndWindow(4, 50)";
  const what = cases[mask]!;
  const { description, kernel } = compiled(mask, what);
  const values = { B: 1, Sq: 64, Skv: 96, Hkv: 1, G: 1 };
  const map = maskMap(kernel, description, {
    arch: "sm_80",
    values,
    arrays: {},
    at: { b: 0, h: 0 },
  });
  expect(() => judge(map, what, [])).not.toThrow();
  for (const state of ["skipped", "full"] as const) {
    const tiles = map.tiles.map((row) => row.map((s, j) => (j === 0 ? state : s)));
    expect(() => judge({ ...map, tiles }, what, [])).toThrow(`is ${state}`);
  }
});
