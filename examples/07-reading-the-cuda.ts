// Lesson 7: the outline of an emitted file. Every comment that stands on a line of its own in the kernel says
// which phase begins; the same words stand in the scheduled program.

import { compile, emit } from "../codegen/index.ts";

const { chosen } = await compile("examples/kernels/schedules.ts");
const [cuda] = emit(chosen, "sm_80");
const lines = (cuda?.text ?? "").split("\n");

for (const [i, line] of lines.entries())
  if (
    /^(\/\/|__global__|__device__|struct|int |size_t |const char|extern)/.test(line) ||
    /^\s+\/\//.test(line)
  )
    console.log(`${String(i + 1).padStart(4)}  ${line}`);
