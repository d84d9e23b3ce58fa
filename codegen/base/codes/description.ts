// A1: what a description may not ask for.

import { largestSize } from "../size.ts";
import { entry } from "./entry.ts";

export const descriptionCodes = {
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
    remedy: `an extent is a whole number from 1 to ${largestSize}, a size from dims, or a product of sizes`,
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
} as const;
