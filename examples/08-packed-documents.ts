// Lesson 8: a mask may read a tensor, and key tiles are still skipped. Here four documents share one sequence.
//
// No range of keys follows from the mask's text. A kernel before the attention writes the least and the greatest document
// of every key tile, and two loads then tell whether a tile can be skipped. The same documents in no order show
// what that rests on: each tile holds a bit of everything, and nothing but the causal half is skipped. Both are
// right. The picture of the first is build/documents.svg; `tilewright mask` draws one of any kernel.

import { writeFiles } from "../codegen/cli/files.ts";
import { compile } from "../codegen/index.ts";
import { maskMap } from "../codegen/explain/mask.ts";
import { maskSvg } from "../codegen/explain/mask-svg.ts";
import { from } from "../codegen/sim/ndarray.ts";
import { table } from "./table.ts";

const lengths = [700, 120, 900, 328];
const S = lengths.reduce((a, b) => a + b);
const inOrder = lengths.flatMap((length, id) => Array.from({ length }, () => id));
const inNoOrder = inOrder.map((_, i) => inOrder[(i * 517) % S]!);

const { packed } = await compile("examples/kernels/documents.ts");
const description = packed?.description;
if (packed === undefined || description?.kind !== "attention") throw new Error("no attention");
const mapOf = (ids: readonly number[]) =>
  maskMap(packed, description, {
    arch: "sm_80",
    values: { B: 1, S, H: 1 },
    arrays: { documents: from("i32", ids, [1, S]) },
    at: { b: 0, h: 0 },
  });

const maps = { "in order": mapOf(inOrder), "in no order": mapOf(inNoOrder) };
const rows = Object.entries(maps).map(([name, { counts, vain }]) => [
  name,
  ...[counts.full, counts.partial, counts.skipped, vain].map(String),
]);
console.log(table([["documents", "full", "partial", "skipped", "in vain"], ...rows]));
writeFiles("build", [{ name: "documents.svg", data: maskSvg(maps["in order"]) }]);
