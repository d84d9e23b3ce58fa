// What a loader must know of an emitted file, as data: the C struct field by field, tensors by their axes,
// tile sizes, conventions and error codes. Written next to the .cu as JSON.

import { version } from "../base/version.ts";
import { printExpr } from "../expr/print.ts";
import type { Axis, DType } from "../spec/description.ts";
import type { Program, TensorDecl } from "../tile/program.ts";
import { type Field, argumentsOf } from "./abi.ts";
import { checksOf } from "./checks.ts";
import { hostScope } from "./host.ts";
import { kernelSymbol } from "./kernel.ts";
import { warpsOf } from "./tiles.ts";
import { sharedBytes } from "../tile/size.ts";
import { nothingUsed } from "./used.ts";

export interface ManifestTensor {
  readonly name: string;
  readonly dtype: DType;
  /** Slowest first; the last one is dense. An extent is a number or an expression over dims. */
  readonly axes: readonly { readonly axis: Axis; readonly extent: number | string }[];
}

export interface Manifest {
  readonly schema: 1;
  readonly generator: string;
  readonly kernel: string;
  readonly arch: string;
  readonly summary?: string;
  readonly source: { readonly file: string; readonly hash: string };
  readonly symbols: { readonly launch: string; readonly workspace: string; readonly error: string };
  readonly dims: readonly string[];
  readonly scalars: Program["scalars"];
  readonly inputs: readonly ManifestTensor[];
  readonly outputs: readonly (ManifestTensor & {
    readonly role?: string;
    readonly base?: "e" | 2;
  })[];
  readonly arguments: {
    readonly struct: string;
    readonly bytes: number;
    readonly fields: readonly Field[];
  };
  readonly kernels: readonly {
    readonly symbol: string;
    readonly tiles: Readonly<Record<string, number>>;
    readonly threads: number;
    readonly blocksPerSM: number;
    readonly sharedBytes: number;
  }[];
  readonly conventions: {
    readonly emptyRow: { readonly values: 0; readonly lse: "-inf" };
    readonly strides: "elements";
  };
  readonly errors: Readonly<Record<string, string>>;
}

const tensor = (t: TensorDecl): ManifestTensor => ({
  name: t.name,
  dtype: t.dtype,
  axes: t.axes.map(({ axis, extent }) => ({
    axis,
    extent: extent.kind === "const" ? extent.value : printExpr(extent),
  })),
});

const output = (t: Program["outputs"][number]): Manifest["outputs"][number] => ({
  ...tensor(t),
  ...(t.role && { role: t.role.kind }),
  ...(t.role?.kind === "lse" && { base: t.role.base }),
});

/** `sourceHash`: a hex digest of the kernel's source, so that a loader can tell what a build is of. */
export const manifest = (program: Program, sourceHash: string): Manifest => {
  const symbol = (what: string): string => `${program.name}_${program.arch}_${what}`;
  const args = argumentsOf(program);
  const checks = checksOf(program, args, hostScope(program, args, nothingUsed(program)));
  return {
    schema: 1,
    generator: `tilewright ${version}`,
    kernel: program.name,
    arch: program.arch ?? "",
    ...(program.summary !== undefined && { summary: program.summary }),
    source: { file: program.source, hash: sourceHash },
    symbols: { launch: symbol("launch"), workspace: symbol("workspace"), error: symbol("error") },
    dims: program.dims,
    scalars: program.scalars,
    inputs: program.inputs.map(tensor),
    outputs: program.outputs.map(output),
    arguments: { struct: args.struct, bytes: args.bytes, fields: args.fields },
    kernels: program.kernels.map((kernel) => ({
      symbol: kernelSymbol(program, kernel),
      tiles: Object.fromEntries(
        kernel.axes.flatMap((a) => (a.size === undefined ? [] : [[a.name, a.size]])),
      ),
      threads: warpsOf(kernel) * 32,
      blocksPerSM: kernel.launch?.blocksPerSM ?? 1,
      sharedBytes: sharedBytes(kernel),
    })),
    conventions: { emptyRow: { values: 0, lse: "-inf" }, strides: "elements" },
    errors: Object.fromEntries(checks.map((c) => [String(c.code), c.sentence])),
  };
};
