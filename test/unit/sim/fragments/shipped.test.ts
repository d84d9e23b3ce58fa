// Every statement of the shipped programs of specialised warps that touches shared memory: lane by lane, or by the matrix
// unit and the copy engine, it does what the interpreter says.

import { readdirSync } from "node:fs";
import { expect, test } from "vitest";
import { archNames, archs } from "../../../../codegen/arch/archs.ts";
import { compileFile, scheduled } from "../../../../codegen/compile.ts";
import { byLanes, showFault } from "../../tile/lanes.ts";

const files = readdirSync("kernels").filter((n) => n.endsWith(".ts") && !n.endsWith(".test.ts"));
const specialised = archNames.filter((name) => archs[name].warpgroups);
const cases = files.flatMap((file) =>
  specialised.flatMap((arch) => [{}, { D: "64" }].map((set) => ({ file, arch, set }))),
);

test.each(cases)("$file for $arch, $set", async ({ file, arch, set }) => {
  for (const kernel of await compileFile(`kernels/${file}`, { set })) {
    const found = byLanes(scheduled(kernel, arch));
    expect(found.map((f) => f.kind)).toEqual(expect.arrayContaining(["product", "bulk_copy"]));
    expect(found.flatMap(({ fault }) => (fault ? [showFault(fault)] : []))).toEqual([]);
  }
});
