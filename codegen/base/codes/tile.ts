// A4: tile programs, as text and as meaning.

import { entry } from "./entry.ts";

export const tileCodes = {
  tileCharacter: entry("A4001", (character: string) => ({
    message: `${character} has no meaning in a tile program`,
    remedy: "remove it, or put the text into a note (`; ...`) or quotes",
  })),
  tileSyntax: entry("A4002", (what: string) => ({
    message: what,
    remedy: "docs/tile-ir.md shows the syntax of every statement",
  })),
  unknownName: entry("A4003", (what: string, name: string, known: readonly string[]) => ({
    message: `no ${what} is called ${name} here`,
    remedy:
      known.length === 0
        ? "declare it above its use"
        : `declare it above its use, or use one of: ${known.join(", ")}`,
  })),
  operandTypes: entry("A4004", (problem: string) => ({
    message: problem,
    remedy: "convert an operand with i32(...) or f32(...), or use another operator",
  })),
  indexCount: entry("A4005", (tensor: string, axes: readonly string[], given: number) => ({
    message: `${tensor} has ${axes.length} axes (${axes.join(", ")}), but is indexed by ${given}`,
    remedy: "give one index for each axis, in the tensor's order",
  })),
  argumentCount: entry("A4006", (name: string, wanted: number, given: number) => ({
    message: `${name} takes ${wanted} argument${wanted === 1 ? "" : "s"}, but ${given} are given`,
    remedy: `write ${name}(${wanted === 1 ? "x" : "x, y"})`,
  })),
  numberOutOfRange: entry("A4007", (value: number, type: string) => ({
    message: `${value} is beyond the range of ${type}`,
    remedy: "write an i64 with the suffix L, or a float with a point",
  })),
  declaredTwice: entry("A4101", (name: string, earlier: string) => ({
    message: `${name} is declared here, but already names ${earlier}`,
    remedy: "give one of them another name; no name hides another",
  })),
  unsafeName: entry("A4102", (name: string) => ({
    message: `${JSON.stringify(name)} cannot be a name`,
    remedy:
      "use letters, digits and _, beginning with a letter; true, false, inf and nan are taken",
  })),
  badNote: entry("A4103", (note: string) => ({
    message: `the note ${JSON.stringify(note)} is not one line of text`,
    remedy: "write it on one line, without space at its ends",
  })),
  wrongType: entry("A4104", (what: string, wanted: string, found: string) => ({
    message: `${what} must be ${wanted}, not ${found}`,
    remedy: "compare, or convert with i32(...) or f32(...)",
  })),
  noCoordinate: entry("A4105", (name: string, where: string) => ({
    message: `${name} has no value in ${where}`,
    remedy:
      "row, col and tile elements exist per element (map); lane_col in accumulator and lanes layouts, fixed_col in accumulators",
  })),
  flagAtRun: entry("A4106", (flag: string) => ({
    message: `the flag ${flag} is used as a value, but it exists only while the step is compiled`,
    remedy:
      "use it in the condition of an if or in a guard, alone or with !, && and || of other flags",
  })),
  wrongLevel: entry("A4107", (what: string, level: string) => ({
    message: `${what} has no place in ${level} program`,
    remedy:
      "docs/tile-ir.md lists what each level holds; a program with an architecture is scheduled",
  })),
  shapesDiffer: entry("A4108", (what: string, found: string) => ({
    message: `${what}, but the shapes are ${found}`,
    remedy: "declare the tiles with shapes that fit each other",
  })),
  wrongDType: entry("A4109", (tile: string, found: string, wanted: string) => ({
    message: `${tile} is ${found}, but must be ${wanted} here`,
    remedy: "declare it with that dtype, or convert with a map into another tile",
  })),
  wrongPlace: entry("A4110", (tile: string, found: string, wanted: string) => ({
    message: `${tile} is ${found}, but must be ${wanted} here`,
    remedy: "declare it there, or move it with copy, get, put or map first",
  })),
  wrongReduction: entry("A4111", (from: string, to: string) => ({
    message: `a reduction cannot go from ${from} to ${to}`,
    remedy: "reduce a tile into rows or lanes, or lanes into rows",
  })),
  sliceMisfit: entry("A4112", (tensor: string, tile: string, problem: string) => ({
    message: `the box of ${tensor} does not fit ${tile}: ${problem}`,
    remedy: "give one `origin : axis` or `:` for each axis of the tile, in its order",
  })),
  tensorAccess: entry("A4113", (tensor: string, verb: string) => ({
    message: `${tensor} cannot be ${verb} by a kernel`,
    remedy: "kernels read inputs and workspace, and write outputs and workspace",
  })),
  insideIfAny: entry("A4114", (what: string) => ({
    message: `${what} stands inside if_any, which each warp takes on its own`,
    remedy: "move it out: all threads must reach it",
  })),
  wrongCall: entry("A4115", (step: string, problem: string) => ({
    message: `the call of ${step} ${problem}`,
    remedy: "give what the step declares, and declare steps above the steps that call them",
  })),
  notAbsent: entry("A4116", (tile: string) => ({
    message: `no element of ${tile} is absent here`,
    remedy: "use absent inside columns",
  })),
  badShared: entry("A4117", (name: string, problem: string) => ({
    message: `${name} ${problem}`,
    remedy:
      "tiles begin at multiples of 16 bytes, mbarriers at multiples of 8 outside all tiles; swizzle is 1, 2, 4 or 8 and divides cols / 8; it goes by row bits 0, 1, 2, 4 or 8",
  })),
  sharedTooLarge: entry("A4118", (bytes: number, arch: string, limit: number) => ({
    message: `shared memory ends at byte ${bytes}, but a block of ${arch} has ${limit}`,
    remedy: "make tiles smaller, use fewer stages, or let tiles that are not live together alias",
  })),
  notReady: entry("A4119", (barrier: string, missing: string) => ({
    message: `${barrier} is used before ${missing}`,
    remedy: "begin with init_barriers, then barrier, then use mbarriers",
  })),
  badSize: entry("A4120", (what: string, found: number, wanted: string) => ({
    message: `${what} is ${found}, but must be ${wanted}`,
    remedy:
      "choose another size; the matrix instruction and the warps that share the rows set the multiples",
  })),
  badStage: entry("A4121", (what: string, problem: string) => ({
    message: `${what} ${problem}`,
    remedy: "stages count from 0, and only shared tiles and mbarriers have several",
  })),
  needsWarpgroups: entry("A4122", (what: string, arch: string) => ({
    message: `${what} needs warpgroups, which ${arch} does not have`,
    remedy: "load with copy, multiply without issue; or schedule for an architecture that has them",
  })),
  productInFlight: entry("A4123", (tile: string, product: string) => ({
    message: `${tile} belongs to the matrix unit here: ${product} may be in flight`,
    remedy: "await_products first, with a count that leaves this product out",
  })),
  wrongCount: entry("A4124", (what: string, barrier: string, counts: string) => ({
    message: `${what} cannot complete a phase of ${barrier}, which counts ${counts}`,
    remedy: "bulk copies need an mbarrier that counts bytes, arrivals one of threads or warps",
  })),
  badPanel: entry("A4125", (tile: string, problem: string) => ({
    message: `${tile} ${problem}`,
    remedy:
      "bulk copies and issued products take panels of 64 columns, 8 n rows, swizzle 8, at a multiple of 1024 bytes",
  })),
  wrongRole: entry("A4126", (what: string, where: string) => ({
    message: `${what} stands in ${where}`,
    remedy:
      "the start readies scalars and mbarriers for all; one thread of a `single` role runs bulk copies; whole warps compute; roles meet at mbarriers",
  })),
  registerPool: entry("A4127", (asked: number, pool: number, launched: number) => ({
    message: `the roles ask for ${asked} registers, but the block is launched with ${pool}, ${launched} a thread`,
    remedy: "lower a role's budget by multiples of 8, or launch fewer warps",
  })),
} as const;
