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
  badField: entry("A1001", (field: string, found: string, wanted: string) => ({
    message: `${field} is ${found}`,
    remedy: `${field} must be ${wanted}`,
  })),
  unknownField: entry("A1002", (where: string, field: string, known: readonly string[]) => ({
    message: `${where} has no field ${field}`,
    remedy: `its fields are ${known.join(", ")}`,
  })),
  noInput: entry("A1003", (name: string) => ({
    message: `the input ${name} is missing`,
    remedy: "inputs has q, k and v, and whatever tensors score and mask read",
  })),
  wrongAxes: entry("A1004", (tensor: string, found: string, wanted: string) => ({
    message: `${tensor} has the axes ${found}`,
    remedy: `it needs the axes ${wanted}, each once, with d last`,
  })),
  unknownAxis: entry("A1005", (axis: string, axes: readonly string[]) => ({
    message: `there is no axis ${axis}`,
    remedy: `axes are ${axes.join(", ")}`,
  })),
  tensorDType: entry("A1006", (tensor: string, found: string, wanted: string) => ({
    message: `${tensor} is ${found}`,
    remedy: `it must be ${wanted}`,
  })),
  badExtent: entry("A1007", (axis: string, found: string) => ({
    message: `the extent of axis ${axis} is ${found}`,
    remedy:
      "an extent is a whole number from 1 to 2147483647, a size from dims, or a product of sizes",
  })),
  extentsDiffer: entry(
    "A1008",
    (axis: string, tensor: string, found: string, other: string, wanted: string) => ({
      message: `axis ${axis} has ${found} elements in ${tensor}, but ${wanted} in ${other}`,
      remedy:
        "an axis has one extent throughout a kernel; only v and the output may have another d",
    }),
  ),
  badHeadDim: entry("A1009", (tensor: string, found: string) => ({
    message: `the head dimension of ${tensor} is ${found}`,
    remedy: "head dimensions are multiples of 8 from 16 to 256, known when the kernel is compiled",
  })),
  noGroup: entry("A1010", (heads: string, kvHeads: string) => ({
    message: `${heads} query heads are not a whole number of times ${kvHeads} key and value heads`,
    remedy: "make it so by construction: const Hq = G.times(Hkv)",
  })),
  unusableName: entry("A1011", (what: string, name: string, problem: string) => ({
    message: `${JSON.stringify(name)} cannot be the name of ${what}`,
    remedy: `${problem}; choose another name`,
  })),
  nameTaken: entry("A1012", (what: string, name: string, taken: string) => ({
    message: `the name ${name} of ${what} is taken by ${taken}`,
    remedy: "rename one of the two; case does not tell names apart",
  })),
  wrongOutputs: entry("A1013", (role: string, count: number) => ({
    message: `${count} outputs are ${role}`,
    remedy: "a kernel has one out.values output and at most one out.logSumExp output",
  })),
  unknownParam: entry("A1014", (name: string, known: readonly string[]) => ({
    message: `--set ${name}: the file has no parameter of that name`,
    remedy:
      known.length === 0
        ? `declare it: const ${/^\w+$/.test(name) ? name : "D"} = param("${/^\w+$/.test(name) ? name : "D"}", 128)`
        : `its parameters are ${known.join(", ")}`,
  })),
  badParam: entry("A1015", (name: string, value: string, wanted: string) => ({
    message: `--set ${name}=${value}: the value is not ${wanted}`,
    remedy: `give ${wanted}`,
  })),
  sameKernel: entry("A1016", (name: string, first: string, second: string) => ({
    message: `the exports ${first} and ${second} would both become the kernel ${name}`,
    remedy: "rename one of the two exports",
  })),
  badSchedule: entry("A1017", (field: string, found: string, wanted: string) => ({
    message: `${field} in the schedule is ${found}`,
    remedy: `it must be ${wanted}`,
  })),
  declaredAgain: entry("A1018", (what: string, name: string) => ({
    message: `the ${what} ${name} is declared twice`,
    remedy: "declare it once, and export it where several files need it",
  })),
  wrongResult: entry("A1019", (what: string, found: string, wanted: string) => ({
    message: `${what} returns ${found}`,
    remedy: `it must return ${wanted}`,
  })),

  // --- A2 capture ---------------------------------------------------------------------------
  parseError: entry("A2001", (text: string) => ({
    message: `this is not TypeScript: ${text}`,
    remedy: "correct the syntax",
  })),
  typeError: entry("A2002", (text: string, number: number) => ({
    message: text,
    remedy: `correct the types; TypeScript reports this as TS${number}`,
  })),
  notAccepted: entry("A2003", (what: string, instead: string) => ({
    message: `${what} cannot stand in a kernel file`,
    remedy: instead,
  })),
  misdeclared: entry("A2004", (problem: string) => ({
    message: problem,
    remedy:
      "change the tensor or function that is marked; docs/writing-kernels.md lists axes and dtypes",
  })),
  noModule: entry("A2005", (specifier: string) => ({
    message: `${JSON.stringify(specifier)} cannot be imported by a kernel file`,
    remedy: 'import "tilewright/dsl", or .ts files of the project by their relative path',
  })),
  unknownIdentifier: entry("A2006", (name: string) => ({
    message: `${name} has no meaning in a kernel file`,
    remedy:
      "use constants, functions and imports of the file, Math, and what tilewright/dsl exports",
  })),
  integerDivision: entry("A2007", () => ({
    message: "both operands of '/' are i32, so TypeScript and CUDA would disagree",
    remedy: "use math.idiv(a, b) or Math.floor(a / b) for integer division, or math.float(a) / b",
  })),
  usedTooEarly: entry("A2008", (name: string) => ({
    message: `the value of ${name} depends on itself`,
    remedy: "define it above its use, without a cycle between constants or files",
  })),
  looseEquality: entry("A2009", (operator: string) => ({
    message: `${operator} converts its operands before it compares them`,
    remedy: `write ${operator}=`,
  })),
  wrongOperand: entry("A2010", (operation: string, found: string, wanted: string) => ({
    message: `${operation} cannot use ${found}`,
    remedy: `give it ${wanted}`,
  })),
  armsDiffer: entry("A2011", (a: string, b: string) => ({
    message: `which arm of ?: is taken is known only in the kernel, and the arms are ${a} and ${b}`,
    remedy: "both arms must be numbers, or both truth values",
  })),
  noProperty: entry("A2012", (of: string, name: string) => ({
    message: `${of} has no ${name} that a kernel file can use`,
    remedy: "docs/writing-kernels.md lists what is there",
  })),
  wrongArguments: entry("A2013", (of: string, found: string, wanted: string) => ({
    message: `${of} is called with ${found}`,
    remedy: `call it with ${wanted}`,
  })),
  wrongIndex: entry("A2014", (tensor: string, found: string, wanted: string) => ({
    message: `${tensor} is read at ${found}`,
    remedy: wanted,
  })),
  nestedTooDeep: entry("A2015", (limit: number) => ({
    message: `this is nested more than ${limit} levels deep`,
    remedy: "name parts of it with const; a function cannot call itself",
  })),
  tooManySteps: entry("A2016", (limit: number) => ({
    message: `evaluating the kernel file takes more than ${limit} steps`,
    remedy: "simplify it: constants and functions are worked out when the kernel is compiled",
  })),
  formulaTooLarge: entry("A2017", (limit: number) => ({
    message: `this formula has more than ${limit} operations once every function is expanded`,
    remedy: "simplify it: every use of a const counts all of its operations again",
  })),
  outsideProject: entry("A2018", (file: string, why: string) => ({
    message: `${file} is not read: ${why}`,
    remedy: "kernel files, and what they import, are .ts files of at most 1 MB inside the project",
  })),
  checkTooLong: entry("A2019", (seconds: number) => ({
    message: `TypeScript needs more than ${seconds} seconds to check the types of this file`,
    remedy: "simplify its types",
  })),

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
      "tiles begin at multiples of 16 bytes, mbarriers at multiples of 8 outside all tiles; swizzle is 1, 2, 4 or 8 and divides cols / 8",
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
    remedy: "choose another size; mma.m16n8k16 and the warps that share the rows set the multiples",
  })),
  badStage: entry("A4121", (what: string, problem: string) => ({
    message: `${what} ${problem}`,
    remedy: "stages count from 0, and only shared tiles and mbarriers have several",
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
  notInNumpy: entry("A5120", (what: string) => ({
    message: `${what} has no counterpart in NumPy text`,
    remedy: "run the program in the simulator instead: tilewright simulate",
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
    remedy:
      "choose another directory with --out, or make room there; no file was left half-written",
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
  packageName: entry("A6020", (name: string) => ({
    message: `${JSON.stringify(name)} cannot be the name of a Python package`,
    remedy: "let --out end in a name of letters, digits and _, which is no keyword of Python",
  })),
  reservedInPackage: entry("A6021", (kernel: string, name: string) => ({
    message: `${kernel} has an input, dim or scalar named ${name}, which its Python function cannot take`,
    remedy: "rename it in the kernel file",
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
