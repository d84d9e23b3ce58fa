// Every message a user can meet, in one catalogue. A1 description, A2 capture, A3 planning,
// A4 tile programs (text and verifier), A5 running in the simulator, A6 tools and files.
//
// Each entry is a factory `(details, span?) => Diagnostic`. Add an entry, then a test that
// provokes it: test/unit/diagnostics.test.ts fails on a code that no test names.

import type { Code, Diagnostic } from "./diagnostic.ts";
import type { Span } from "./span.ts";

const entry =
  <A extends readonly unknown[]>(
    code: Code,
    text: (...details: A) => { readonly message: string; readonly remedy: string },
  ) =>
  (span: Span | undefined, ...details: A): Diagnostic => ({
    code,
    ...text(...details),
    ...(span && { span }),
  });

export const codes = {
  // --- A1 description -----------------------------------------------------------------------

  // --- A2 capture ---------------------------------------------------------------------------

  // --- A3 planning --------------------------------------------------------------------------
  tileDoesNotFit: entry("A3001", (arch: string, buffers: string, limit: number, fits: string) => ({
    message: `the tiles need more shared memory than ${arch} has (${limit} bytes a block): ${buffers}`,
    remedy: fits,
  })),

  headDimTooLarge: entry("A3002", (arch: string, headDim: number, most: number) => ({
    message: `${arch} has no tile for head dimension ${headDim}`,
    remedy: `head dimensions up to ${most} are served`,
  })),
  badTile: entry("A3003", (arch: string, what: string, rule: string) => ({
    message: `the schedule for ${arch} asks for ${what}`,
    remedy: `allowed: ${rule}`,
  })),

  // --- A4 tile programs ---------------------------------------------------------------------
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

  // --- A5 simulator -------------------------------------------------------------------------
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
      "between them, commit the copy, wait for its group and pass a barrier; or let an mbarrier arrive after copies and await it",
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
  integerDivisionByZero: entry("A5040", () => ({
    message: "an integer is divided by zero here",
    remedy: "guard it: `divisor > 0 && ...` or `divisor > 0 ? ... : ...` is evaluated only as far as needed",
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

  // --- A6 tools and files -------------------------------------------------------------------
  // A62 are mistakes in a command (exit code 2), A63 faults of tools outside (exit code 3).
  noKernel: entry("A6001", (file: string) => ({
    message: `${file} exports no kernel`,
    remedy: "export one: `export const name = attention({ ... })`",
  })),
  unknownKernel: entry("A6002", (file: string, kernel: string, names: readonly string[]) => ({
    message: `${file} has no kernel named ${kernel}`,
    remedy: `it has ${names.join(", ")}`,
  })),
  cannotRead: entry("A6003", (path: string, reason: string) => ({
    message: `${path} cannot be read: ${reason}`,
    remedy: "check the path, and that you may read it",
  })),
  cannotWrite: entry("A6004", (path: string, reason: string) => ({
    message: `${path} cannot be written: ${reason}`,
    remedy: "choose another directory with --out, or make room there; no file was left half-written",
  })),
  notOurFile: entry("A6005", (path: string) => ({
    message: `${path} exists, and is not a file that Tilewright generated`,
    remedy: "choose another directory with --out, or move that file away",
  })),
  sameKernelTwice: entry("A6006", (name: string, first: string, second: string) => ({
    message: `${first} and ${second} both make a kernel named ${name}, and their files would collide`,
    remedy: "rename one of the two exports",
  })),
  noSuchExport: entry("A6007", () => ({
    message: "this kernel is undefined: the compiled file has no export of that name",
    remedy: "compare the name with the exports of the kernel file",
  })),
  sizes: entry("A6008", (problem: string, dims: readonly string[]) => ({
    message: `these sizes do not fit the kernel: ${problem}`,
    remedy: `give each of ${dims.join(", ")} a whole number that is not negative`,
  })),
  badArray: entry("A6009", (file: string, reason: string) => ({
    message: `${file} is not an array that can be read: ${reason}`,
    remedy: "save it with numpy.save as float16, float32, float64 or int32, in C order",
  })),
  wrongShape: entry("A6010", (input: string, found: string, wanted: string) => ({
    message: `input ${input} has shape [${found}], and these sizes make it [${wanted}]`,
    remedy: "change --dims, or save the array with that shape",
  })),
  inexact: entry("A6011", (output: string, error: string, bound: string, repeat: string) => ({
    message: `${output} differs from the reference by ${error}, and ${bound} is allowed`,
    remedy: `repeat it with: ${repeat}`,
  })),
  spills: entry("A6012", (file: string, bytes: number) => ({
    message: `${file} spills ${bytes} bytes of registers, and 64 are tolerated`,
    remedy: "choose smaller tiles or more warps in the kernel's schedule",
  })),
  onlyRun: entry("A6013", (file: string, wish: string) => ({
    message: `${file} is a tile program: ${wish} needs the kernel file it came from`,
    remedy: "name the .ts file",
  })),
  unknownInput: entry("A6014", (kernel: string, name: string, names: readonly string[]) => ({
    message: `${kernel} has no input named ${name}`,
    remedy: `it has ${names.join(", ")}`,
  })),
  usage: entry("A6201", (message: string) => ({
    message,
    remedy: "`tilewright --help` lists the commands, `tilewright COMMAND --help` their options",
  })),
  toolMissing: entry("A6301", (tool: string, needed: string, get: string) => ({
    message: `${tool} is not there, and ${needed} needs it`,
    remedy: get,
  })),
  toolFailed: entry("A6302", (tool: string, output: string) => ({
    message: `${tool} failed: ${output}`,
    remedy: "repeat the command by hand; `tilewright doctor` tells which tools were found",
  })),
} as const;
