// A5: what the simulator finds while a program runs, and wrong uses of arrays.

import { entry } from "./entry.ts";

export const simulatorCodes = {
  outOfBounds: entry(
    "A5001",
    (statement: string, tensor: string, axis: string, index: number, bound: number) => ({
      message: `${statement} accesses ${tensor} at ${axis} = ${index}, and ${axis} has ${bound} elements`,
      remedy: "guard the copy, or make the index part of a condition that keeps it inside",
    }),
  ),
  uninitialised: entry("A5002", (statement: string, what: string) => ({
    message: `${statement} reads ${what}, which nothing has written`,
    remedy: "write it first: fill, map, load, copy or get",
  })),
  destroyed: entry("A5003", (statement: string, what: string, by: string) => ({
    message: `${statement} reads ${what}, whose bytes ${by} has overwritten`,
    remedy: "read it earlier, or give the two tiles different places in shared memory",
  })),
  inFlight: entry("A5004", (statement: string, verb: string, what: string, copy: string) => ({
    message: `${statement} ${verb} ${what} while ${copy} may still be in flight`,
    remedy:
      "between them, commit the copy, wait for its group and pass a barrier; or let an mbarrier arrive after copies and await it; or await the mbarrier that a bulk copy names",
  })),
  race: entry(
    "A5005",
    (
      statement: string,
      verb: string,
      what: string,
      other: string,
      otherVerb: string,
      missing: string,
    ) => ({
      message: `${statement} ${verb} ${what}, and nothing orders this after ${other}, which ${otherVerb} it: ${missing}`,
      remedy: "put the missing statement between the two, or use another stage",
    }),
  ),
  noStage: entry("A5006", (statement: string, what: string, stage: number, stages: number) => ({
    message: `${statement} names stage ${stage} of ${what}, which has ${stages}`,
    remedy: "take the stage modulo their number",
  })),
  deadlock: entry("A5007", (waits: string) => ({
    message: `nobody can go on: ${waits} waits for something that never happens`,
    remedy: "check who arrives there, and the parity that is awaited",
  })),
  barrierNotReady: entry("A5008", (statement: string, barrier: string) => ({
    message: `${statement} uses ${barrier} before it is known to be initialised`,
    remedy: "begin with init_barriers, then barrier",
  })),
  barrierOverrun: entry("A5009", (statement: string, barrier: string) => ({
    message: `${statement} may arrive at ${barrier} in a phase for which others have yet to arrive`,
    remedy: "await the barrier's phase before arriving for the next one",
  })),
  barrierStale: entry("A5010", (statement: string, barrier: string) => ({
    message: `${statement} may pass on an older phase of ${barrier} with the same parity`,
    remedy: "await every phase of the barrier, in order",
  })),
  unwrittenGlobal: entry("A5011", (statement: string, tensor: string, index: string) => ({
    message: `${statement} reads ${tensor}${index}, which no kernel has written`,
    remedy: "write it in an earlier kernel",
  })),
  blocksRace: entry("A5012", (statement: string, tensor: string, index: string) => ({
    message: `${statement} reads ${tensor}${index}, which another block of the same kernel writes`,
    remedy: "blocks run in no order: read it in a later kernel",
  })),
  writtenTwice: entry("A5013", (statement: string, tensor: string, index: string) => ({
    message: `${statement} writes ${tensor}${index}, which another block has written as well`,
    remedy: "give each block its own part of the tensor",
  })),
  neverWritten: entry("A5014", (output: string, index: string) => ({
    message: `no block has written ${output}${index}`,
    remedy: "check the grid, and that stores cover every row",
  })),
  missingInput: entry("A5015", (what: string, given: readonly string[]) => ({
    message: `${what} is not given`,
    remedy: given.length > 0 ? `given are ${given.join(", ")}` : "nothing is given",
  })),
  heldByProduct: entry(
    "A5016",
    (statement: string, verb: string, tile: string, product: string) => ({
      message: `${statement} ${verb} ${tile}, which belongs to the matrix unit: ${product} may still be in flight`,
      remedy: "await_products first, for that tile, with a count that leaves the product out",
    }),
  ),
  awaitsTooFew: entry("A5017", (statement: string, tile: string, product: string) => ({
    message: `${statement} names ${tile}, but ${product} may still be in flight after it`,
    remedy: "lower the count, or name the tile when its last product is awaited",
  })),
  heldAtEnd: entry("A5018", (what: string, tile: string, product: string) => ({
    message: `${what} ends while ${tile} belongs to the matrix unit: ${product} may still be in flight`,
    remedy: "await_products 0 for that tile before the end",
  })),
  turnNotTaken: entry("A5019", (statement: string) => ({
    message: `${statement} passes on a turn that its warpgroup has not taken`,
    remedy: "take_turn and pass_turn alternate",
  })),
  integerDivisionByZero: entry("A5040", () => ({
    message: "an integer is divided by zero here",
    remedy:
      "guard it: `divisor > 0 && ...` or `divisor > 0 ? ... : ...` is evaluated only as far as needed",
  })),
  // A51: arrays.
  noAxis: entry("A5101", (name: string, axes: readonly string[]) => ({
    message: `this array has no axis ${name}`,
    remedy: `its axes are ${axes.join(", ") || "none: it is a single number"}`,
  })),
  missingIndex: entry("A5102", (axis: string) => ({
    message: `the index does not say where along axis ${axis}`,
    remedy: "give one whole number for each axis",
  })),
  outsideAxis: entry("A5103", (index: number, axis: string, extent: number) => ({
    message: `index ${index} is outside axis ${axis}, which has ${extent} elements`,
    remedy: extent > 0 ? `use a whole number from 0 to ${extent - 1}` : "the array is empty",
  })),
  rank: entry("A5104", (given: number, axes: readonly string[]) => ({
    message: `${given} indices are given for an array of ${axes.length} axes`,
    remedy: `give one for each of ${axes.join(", ")}`,
  })),
  badShape: entry("A5105", (why: string, shape: readonly number[]) => ({
    message: `an array of shape [${shape.join(", ")}] cannot be used here: ${why}`,
    remedy: "compare the shapes axis by axis",
  })),
  badFormula: entry("A5106", (formula: string, operands: number) => ({
    message: `"${formula}" is no einsum formula for ${operands} arrays`,
    remedy: 'write one letter per axis, as in "bqhd,bkhd->bhqk"',
  })),
} as const;
