// Compiles an emitted .cu with the host's compiler against emulator.hpp and runs it: a proof of layouts,
// address maps and of the launcher that needs no GPU.

import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Arch } from "../../../codegen/arch/arch.ts";
import { fragmentsOf } from "../../../codegen/arch/fragments.ts";
import { archs } from "../../../codegen/arch/archs.ts";
import { helpersOf, textOf } from "../../../codegen/cuda/helpers.ts";
import { emulatedWarpgroups } from "./emulate-warpgroups.ts";

const emulator = join(import.meta.dirname, "emulator.hpp");
const warpgroups = join(import.meta.dirname, "emulator-warpgroups.hpp");

/** What the emulator says in the place of each helper that holds PTX. */
const emulated: Readonly<Record<string, string | ((arch: Arch) => string)>> = {
  block_index: "DEVICE int block_index() { return blockIdx.x; }",
  thread_index: "DEVICE int thread_index() { return threadIdx.x; }",
  exp2_approx: "DEVICE float exp2_approx(float x) { return (float)emulate_exp2(x); }",
  log2_approx: "DEVICE float log2_approx(float x) { return (float)log2((double)x); }",
  rcp_approx: "DEVICE float rcp_approx(float x) { return 1 / x; }",
  tanh_approx: "DEVICE float tanh_approx(float x) { return tanhf(x); }",
  read_f16: "DEVICE float read(const f16* from) { return value_of_f16(from->bits); }",
  shared_address: "DEVICE u32 shared_address(const void* p) { return (const char*)p - memory; }",
  copy16: "DEVICE void copy16(u32 to, const void* from) { emulate_copy(to, from, true); }",
  copy16_or_zero:
    "DEVICE void copy16_or_zero(u32 to, const void* from, bool inside) { emulate_copy(to, from, inside); }",
  commit_copies: "DEVICE void commit_copies() { emulate_commit(); }",
  wait_copies: "template <int kPending> DEVICE void wait_copies() { emulate_wait(kPending); }",
  sync_block: "DEVICE void sync_block() { meet(block_meeting, threads); }",
  sync_warp: "DEVICE void sync_warp() { meet(warp_meeting[warp()], 32); }",
  Barriers: `template <int kStages> struct Barriers {
  u32 address;
  u32 operator[](int stage) const { return address + stage * 8; }
  void init(int count) const { for (int i = 0; i < kStages; i++) emulate_init_bulk(address + 8 * i, count); }
};`,
  arrive: "DEVICE void arrive(u32 barrier) { emulate_arrive(barrier); }",
  arrive_after_copies:
    "DEVICE void arrive_after_copies(u32 barrier) { emulate_arrive_after_copies(barrier); }",
  await_phase:
    "DEVICE void await_phase(u32 barrier, u32 parity) { emulate_await_bytes(barrier, parity); }",
  load_matrices:
    "DEVICE void load_matrices(u32 (&x)[4], u32 address) { emulate_read_matrices(x, address, false); }",
  load_matrices_transposed:
    "DEVICE void load_matrices_transposed(u32 (&x)[4], u32 address) { emulate_read_matrices(x, address, true); }",
  store_shared: "DEVICE void store_shared(u32 to, u32 x) { emulate_store_shared(to, x); }",
  load_global:
    "DEVICE uint4 load_global(const void* from, bool inside) { uint4 x = {}; if (inside) memcpy(&x, from, 16); return x; }",
  store_shared16:
    "DEVICE void store_shared16(u32 to, uint4 x) { checked(to, 16); memcpy(memory + to, &x, 16); }",
  load_shared:
    "DEVICE uint4 load_shared(u32 from) { uint4 x; emulate_read_shared(&x, from); return x; }",
  load_shared8:
    "DEVICE uint2 load_shared8(u32 from) { uint2 x; emulate_load_shared(&x, from, 8); return x; }",
  shuffle_pair:
    "DEVICE u32 shuffle_pair(u32 x, int mask) { return (u32)emulate_shuffle_xor(x, mask); }",
  shuffle_xor:
    "DEVICE float shuffle_xor(float x, int mask) { return (float)emulate_shuffle_xor(x, mask); }",
  ...emulatedWarpgroups,
  any_lane: "DEVICE bool any_lane(bool mine) { return emulate_any(mine); }",
  ...Object.fromEntries(
    ["f16", "bf16"].flatMap((type) => [
      [
        `multiply_${type}`,
        ({ mma }: Arch) =>
          [
            ...["multiply_add", "multiply"].map(
              (name) =>
                `DEVICE void ${name}(${type}, float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) { emulate_multiply(c, a, b0, b1, value_of_${type}, ${name === "multiply_add"}, ${fragmentsOf[mma].depth}); }`,
            ),
            ...["multiply_add", "multiply", "multiply_add_rows"].map(
              (name) =>
                `DEVICE void ${name}(${type}, float (&c)[8], u32 a0, u32 a1, u32 b0, u32 b1) { emulate_quad_pairs(c, a0, a1, b0, b1, value_of_${type}, ${name !== "multiply"}, ${name === "multiply_add_rows"}); }`,
            ),
          ].join("\n"),
      ],
      [
        `not_finite_${type}`,
        textOf(helpersOf(archs.sm_80).get(`not_finite_${type}`)!, archs.sm_80).replace(
          /u32 z; asm.*return z;/,
          `return emulate_times_zero(x, y, value_of_${type});`,
        ),
      ],
      [
        `pack_${type}`,
        `DEVICE u32 pack(${type}, float low, float high) { return round_to_${type}(low) | (u32)round_to_${type}(high) << 16; }`,
      ],
    ]),
  ),
};

/** The emitted text with emulated helpers; fails on PTX that nothing emulates. */
export const emulatedSource = (cuda: string): string => {
  let text = cuda;
  for (const arch of Object.values(archs)) {
    const helpers = helpersOf(arch);
    for (const [name, body] of Object.entries(emulated)) {
      const helper = helpers.get(name);
      if (helper === undefined) continue;
      const said = typeof body === "string" ? body : body(arch);
      text = text.replace(textOf(helper, arch), () => `\n${said}`);
    }
  }
  text = text
    .replaceAll("const __grid_constant__ Params params", "const Params& params")
    .replace("#include <cuda_runtime.h>\n", "")
    .replace("#include <cuda.h>\n", "")
    .replace("typedef unsigned int u32;\n", "");
  const left = /.*\basm\b.*/.exec(text);
  if (left) throw new Error(`not emulated: ${left[0]}`);
  return `#include "${emulator}"\n#include "${warpgroups}"\n${text}`;
};

type Files = Readonly<Record<string, Uint8Array>>;

/** A program that runs any number of times; files go to and fro by name. */
export class Emulated {
  private readonly directory = mkdtempSync(join(tmpdir(), "tilewright-emulate-"));

  constructor(source: string) {
    writeFileSync(join(this.directory, "kernel.cpp"), source);
    const options = { cwd: this.directory, encoding: "utf8" } as const;
    execFileSync("g++", ["-std=c++14", "-O1", "-w", "-o", "kernel", "kernel.cpp"], options);
  }

  run(
    files: Files,
    results: readonly string[],
    ...argument: readonly string[]
  ): { readonly output: string; readonly files: Files } {
    for (const [name, bytes] of Object.entries(files))
      writeFileSync(join(this.directory, name), bytes);
    const options = { cwd: this.directory, encoding: "utf8" } as const;
    const { status, signal, stdout: output } = spawnSync("./kernel", argument, options);
    if (status !== 0)
      throw new Error(`the emulated kernel ends with ${status ?? signal}: ${output}`);
    const read = (name: string): Uint8Array => readFileSync(join(this.directory, name));
    return { output, files: Object.fromEntries(results.map((name) => [name, read(name)])) };
  }

  dispose(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Runs `main` once after the emitted text, in which the instructions' emulation may be changed. */
export const runEmulated = (
  cuda: string,
  main: string,
  files: Files,
  results: readonly string[],
  change: (source: string) => string = (source) => source,
): { readonly output: string; readonly files: Files } => {
  const emulated = new Emulated(`${change(emulatedSource(cuda))}\n${main}`);
  try {
    return emulated.run(files, results);
  } finally {
    emulated.dispose();
  }
};
