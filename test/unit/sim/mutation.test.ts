// Every synchronisation of every shipped kernel's scheduled programs, deleted in turn: it is gone from the CUDA
// too, and the simulator notices on at least one of the sizes. What it never misses is redundant and has to go
// from the schedule. And every wait for a phase, made to wait for the other one.

import { readdirSync } from "node:fs";
import { describe, expect, test } from "vitest";
import type { ArchName } from "../../../codegen/arch/arch.ts";
import { archNames, archs } from "../../../codegen/arch/archs.ts";
import { DiagnosticError } from "../../../codegen/base/diagnostic.ts";
import { compileFile, scheduled } from "../../../codegen/compile.ts";
import { emitCuda } from "../../../codegen/cuda/emit.ts";
import {
  deletions,
  earlyArrivals,
  lateWaits,
  type Mutant,
  otherStages,
  phaseFlips,
  shortWaits,
} from "../../../codegen/sim/mutants.ts";
import { from } from "../../../codegen/sim/ndarray.ts";
import { randomInputs } from "../../../codegen/sim/random.ts";
import { simulateProgram } from "../../../codegen/sim/simulate.ts";
import type { Description } from "../../../codegen/spec/description.ts";
import { printProgram } from "../../../codegen/tile/print.ts";
import type { Program } from "../../../codegen/tile/program.ts";

const root = new URL("../../..", import.meta.url).pathname;
const files = readdirSync(`${root}kernels`).filter(
  (file) => file.endsWith(".ts") && !file.endsWith(".test.ts"),
);
/** Where warps specialise, rows and buffers change with the head dimension most of all. */
const specialised = archNames.filter((arch) => archs[arch].warpgroups);
const asked: readonly (readonly [Readonly<Record<string, string>>, readonly ArchName[]])[] = [
  [{}, archNames],
  [{ D: "64" }, archNames],
  [{ D: "256" }, specialised],
];
/** A window that is wider than tiles, so that some of them are seen whole. */
const wide = { W: "640" };
const compiled = files.flatMap((file) =>
  asked.map(async ([set, wanted]) => {
    const path = `${root}kernels/${file}`;
    const [first] = await compileFile(path, { root });
    const windowed = first?.description?.params.some(({ name }) => name in wide);
    const found = await compileFile(path, { root, set: { ...set, ...(windowed && wide) } });
    return found.map((kernel) => ({ ...kernel, wanted }));
  }),
);
const kernels = (await Promise.all(compiled)).flat();

/** Several row tiles of several key tiles each, with tails; rows that see no key; one row. */
const shapes = [
  { Sq: 130, Skv: 700 },
  { Sq: 130, Skv: 0 },
  { Sq: 1, Skv: 1 },
];

type Arrays = ReturnType<typeof randomInputs>;

/**
 * Keys that the first query scores higher and higher, the last ones first as tiles are visited, so that each tile raises
 * the maximum by more than is let pass; no factor is below one.
 * Integers are the same everywhere: one document, whose tiles are seen whole.
 */
const growing = (inputs: Arrays): Arrays => {
  const { k } = inputs;
  if (k?.axes === undefined) return inputs;
  const along = k.axes.indexOf("kv");
  const inner = k.shape.slice(along + 1).reduce((a, b) => a * b, 1);
  const kv = k.shape[along] ?? 1;
  const grown = (x: number, i: number) => Math.abs(x) * ((kv - (Math.floor(i / inner) % kv)) / 8);
  return Object.fromEntries(
    Object.entries(inputs).map(([name, array]) => {
      const values = array.values();
      const change =
        name === "k" ? grown : array.dtype === "i32" ? () => values[0] ?? 0 : atLeastOne;
      return [name, from(array.dtype, values.map(change), array.shape, array.axes)];
    }),
  );
};

const atLeastOne = (x: number): number => 1 + Math.abs(x);

const faultOf = async (program: Program, description: Description): Promise<string | undefined> => {
  for (const shape of shapes) {
    const sizes = Object.fromEntries(description.dims.map((name) => [name, 1]));
    Object.assign(sizes, shape);
    const scalars = Object.fromEntries(description.scalars.map(({ name }) => [name, 1]));
    const inputs = randomInputs(description, sizes, 1);
    try {
      for (const given of [inputs, growing(inputs)])
        await simulateProgram(program, { sizes, scalars, inputs: given });
    } catch (error) {
      if (!(error instanceof DiagnosticError)) throw error;
      return error.message;
    }
  }
  return undefined;
};

/** Architectures with the same schedule are tried once. */
const programs = kernels.flatMap(({ description, wanted, ...kernel }) => {
  if (description === undefined) return [];
  const distinct = new Map<string, Program>();
  for (const arch of wanted) {
    const program = scheduled({ description, ...kernel }, arch);
    const text = printProgram(program).replace(`@${arch}`, "");
    if (!distinct.has(text)) distinct.set(text, program);
  }
  return [...distinct.values()].map((program) => ({ program, description }));
});

describe.each(programs.map((p) => [`${p.program.name} ${p.program.arch}`, p] as const))(
  "%s",
  (_, { program, description }) => {
    test("as it is", async () => {
      expect(await faultOf(program, description)).toBeUndefined();
    });

    test.each(deletions(program).map((d) => [d.name, d.program] as const))(
      "without %s",
      async (_, mutant) => {
        expect(emitCuda(mutant).length).toBeLessThan(emitCuda(program).length);
        expect(await faultOf(mutant, description)).toMatch(/^A50/);
      },
    );

    const changes: readonly (readonly [string, readonly Mutant[]])[] = [
      ["other phase of", phaseFlips(program)],
      ["other stage of", otherStages(program)],
      ["too short", shortWaits(program)],
      ["too late", lateWaits(program)],
      ["too early", earlyArrivals(program)],
    ];
    const mutants = changes.flatMap(([what, all]) => all.map((m) => ({ ...m, what })));
    if (mutants.length > 0)
      test.each(mutants.map((m) => [m.what, m.name, m.program] as const))(
        "%s %s",
        async (_what, _name, mutant) => {
          expect(await faultOf(mutant, description)).toMatch(/^A50/);
        },
      );
  },
);
