// The part of an emitted script that makes it run by itself: sizes, inputs, outputs. Knows no statements.

import { archs } from "../arch/archs.ts";
import { variables } from "../expr/expr.ts";
import type { Program, TensorDecl } from "../tile/program.ts";
import { multiprocessors } from "../tile/scope.ts";
import { type Place, printScalar } from "./expression.ts";

/** `kernels` are the names of the functions, which take sizes, scalars and tensors in order. */
export const printMain = (program: Program, kernels: readonly string[], place: Place): string => {
  const dims = program.dims.map((d) => place.names.of("value", d));
  const made = [...program.outputs, ...program.workspace];
  const list = (items: readonly string[]): string => items.join(", ");
  const roundings = [...new Set(program.inputs.map((t) => t.dtype))].map(
    (dtype) => `"${dtype}": ${roundingOf[dtype]}`,
  );
  const host = program.host.map(
    (h) => `    ${place.names.of("value", h.name)} = ${printScalar(h.value, place)}\n`,
  );
  const chip = program.host.some((h) => variables(h.value).has(multiprocessors))
    ? `${place.names.of("value", multiprocessors)} = ${archs[program.arch ?? "sm_80"].sms}\n\n\n`
    : "";
  return `
${chip}def shapes(${list(dims)}):
${host.join("")}    return {
${[...program.inputs, ...made].map((t) => `        "${t.name}": ${shape(t, place)},`).join("\n")}
    }


inputs = {${list(program.inputs.map((t) => `"${t.name}": "${t.dtype}"`))}}
outputs = {${list(program.outputs.map((t) => `"${t.name}": "${t.dtype}"`))}}
workspace = {${list(program.workspace.map((t) => `"${t.name}": "${t.dtype}"`))}}
roundings = {${list(roundings)}}


def main():
    sizes = {${list(program.dims.map((d) => `"${d}": ${defaultSize(program, d)}`))}}
    scalars = {${list(program.scalars.map((s) => `"${s.name}": ${s.type === "f32" ? "f32(1)" : "1"}`))}}
${body}
${kernels.map((name) => `    ${name}(*sizes.values(), *scalars.values(), *tensors.values())`).join("\n")}
${ending}`.trimStart();
};

/** A tuple of Python expressions over the dims. */
const shape = (t: TensorDecl, place: Place): string => {
  const extents = t.axes.map((a) => printScalar(a.extent, place));
  return extents.length === 1 ? `(${extents[0]},)` : `(${extents.join(", ")})`;
};

const roundingOf = {
  f16: "to_f16",
  bf16: "to_bf16",
  f32: "lambda x: np.asarray(x, f32)",
  i32: "lambda x: np.asarray(x, np.int32)",
} as const;

/** Sizes of axes that are cut into tiles are no multiple of any tile, the others 2. */
const defaultSize = (program: Program, dim: string): number =>
  program.kernels.some((k) => k.axes.some((a) => variables(a.extent).has(dim))) ? 203 : 2;

const body = `
    parser = argparse.ArgumentParser()
    parser.add_argument("--dims", default="", help="sizes, as in B=1,Sq=128")
    parser.add_argument("--scalars", default="", help="launch scalars, as in scale=0.1")
    parser.add_argument("--seed", type=int, default=0, help="of the random inputs")
    parser.add_argument("--inputs", help="directory with <input>.npy; without it, inputs are random")
    parser.add_argument("--save", help="directory that receives <output>.npy")
    arguments = parser.parse_args()
    for given, known in [(arguments.dims, sizes), (arguments.scalars, scalars)]:
        for pair in filter(None, given.split(",")):
            name, _, value = pair.partition("=")
            if name not in known:
                parser.error(f"there is no {name}; there are {', '.join(known)}")
            known[name] = type(known[name])(value)

    random = np.random.default_rng(arguments.seed)
    shape = shapes(*sizes.values())
    tensors = {}
    for name, dtype in inputs.items():
        if arguments.inputs:
            x = np.load(os.path.join(arguments.inputs, name + ".npy"), allow_pickle=False)
            if x.shape != shape[name]:
                parser.error(f"{name} has shape {x.shape}, and these sizes make it {shape[name]}")
        elif dtype == "i32":
            x = random.integers(0, 10, shape[name])
        else:
            x = random.standard_normal(shape[name])
        tensors[name] = roundings[dtype](x)
    for name, dtype in {**outputs, **workspace}.items():
        tensors[name] = np.zeros(shape[name], np.int32 if dtype == "i32" else f32)

    started = time.perf_counter()`.slice(1);

const ending = `    seconds = time.perf_counter() - started

    for name in outputs:
        x = tensors[name]
        print(name, list(x.shape), "checksum", x[np.isfinite(x)].sum(dtype=np.float64))
        if arguments.save:
            os.makedirs(arguments.save, exist_ok=True)
            np.save(os.path.join(arguments.save, name + ".npy"), x)
    print(f"{seconds:.3f} s")


if __name__ == "__main__":
    main()
`;
