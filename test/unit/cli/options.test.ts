// What stands after flags: accepted values, and a usage error (A6201) for everything else.

import { expect, test } from "vitest";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import * as options from "../../../codegen/cli/options.ts";

const code = (f: () => unknown): string => {
  try {
    f();
  } catch (error) {
    if (error instanceof DiagnosticError) return error.diagnostics[0]?.code ?? "none";
  }
  return "no diagnostic";
};

test("pairs, settings and numbers", () => {
  expect(options.settings(["D=64", "T=bf16,W=3"])).toEqual({ D: "64", T: "bf16", W: "3" });
  expect(options.numbers("--dims", " B=1, scale=0.5 ")).toEqual({ B: 1, scale: 0.5 });
  expect(options.numbers("--dims", "")).toEqual({});
});

test("architectures", () => {
  expect(options.architectures("all")).toBe("all");
  expect(options.architectures("sm_90, sm_80,sm_90")).toEqual(["sm_90", "sm_80"]);
});

test.each([
  () => options.settings(["D"]),
  () => options.settings(["D=64=65"]),
  () => options.settings(["D=64", "D=65"]),
  () => options.numbers("--dims", "B=many"),
  () => options.numbers("--dims", "B=Infinity"),
  () => options.naturalNumber("--seed", "-1"),
  () => options.naturalNumber("--seed", "1.5"),
  () => options.naturalNumber("--seed", ""),
  () => options.architecture("sm_81"),
  () => options.architecture("toString"),
  () => options.architectures("sm_80,,"),
  () => options.oneOf("--stage", ["tile", "cuda"], "cud"),
  () => options.someOf("--emit", ["cu", "tile"], "cu,ptx"),
])("a mistake is a usage error: %s", (mistake) => {
  expect(code(mistake)).toBe("A6201");
});
