// Launches an emitted kernel in the emulator as its caller would: tensors in memory with gaps of NaN between
// their rows, the argument structure filled by the manifest, results read back and their gaps looked at.

import type { Manifest, ManifestTensor } from "../../../codegen/cuda/manifest.ts";
import { NdArray, product, wrap } from "../../../codegen/sim/ndarray.ts";
import { fromBits, toBits } from "../../../codegen/sim/round.ts";
import type { DType } from "../../../codegen/spec/description.ts";
import { Emulated, emulatedSource } from "./emulate.ts";

export type Arrays = Readonly<Record<string, NdArray>>;

export interface Launch {
  readonly sizes: Readonly<Record<string, number>>;
  readonly scalars?: Readonly<Record<string, number>>;
  readonly inputs: Arrays;
  /** C++ that runs before the launch and may change `a`, the argument structure. */
  readonly before?: string;
}

export interface Launched {
  readonly code: number;
  readonly error: string;
  readonly outputs: Arrays;
}

const bytesOf = (dtype: DType): number => (dtype === "f16" || dtype === "bf16" ? 2 : 4);

/** Rows lie 8 elements further apart than they need; the first 8 elements are a gap, too. */
const GAP = 8;
const stridesOf = (shape: readonly number[]): readonly number[] => {
  const strides = shape.map(() => 1);
  for (let i = shape.length - 2; i >= 0; i--)
    strides[i] = Math.ceil(Math.max(strides[i + 1]! * shape[i + 1]!, 1) / 8) * 8 + GAP;
  return strides;
};

const extentOf = (extent: number | string, sizes: Launch["sizes"]): number =>
  String(extent)
    .split("*")
    .map((f) => f.trim())
    .reduce((n, f) => n * (/^\d+$/.test(f) ? Number(f) : sizes[f]!), 1);

interface Block {
  readonly tensor: ManifestTensor;
  readonly shape: readonly number[];
  readonly strides: readonly number[];
  readonly elements: number;
}

const blockOf = (tensor: ManifestTensor, sizes: Launch["sizes"]): Block => {
  const shape = tensor.axes.map((a) => extentOf(a.extent, sizes));
  const strides = stridesOf(shape);
  return { tensor, shape, strides, elements: GAP + (shape[0] ?? 1) * (strides[0] ?? 1) + GAP };
};

const nan = { f16: 0x7e11, bf16: 0x7fd1, f32: 0x7fc12345, i32: 0x7fc12345 } as const;

const write = (view: DataView, at: number, dtype: DType, x: number): void => {
  if (dtype === "f16" || dtype === "bf16") view.setUint16(2 * at, toBits(dtype, x), true);
  else if (dtype === "f32") view.setFloat32(4 * at, x, true);
  else view.setInt32(4 * at, x, true);
};
const read = (view: DataView, at: number, dtype: DType): number => {
  if (dtype === "f16" || dtype === "bf16") return fromBits(dtype, view.getUint16(2 * at, true));
  return dtype === "f32" ? view.getFloat32(4 * at, true) : view.getInt32(4 * at, true);
};

/** Each element's index and its place in a block's memory. */
function* places({ shape, strides }: Block): Generator<readonly [number[], number]> {
  const index = shape.map(() => 0);
  for (let n = product(shape); n > 0; n--) {
    yield [index, index.reduce((sum, x, i) => sum + x * strides[i]!, GAP)];
    for (let i = shape.length - 1; i >= 0 && ++index[i]! === shape[i]!; i--) index[i] = 0;
  }
}

const memoryOf = (block: Block, values: NdArray | undefined): Uint8Array => {
  const { dtype } = block.tensor;
  const size = bytesOf(dtype);
  const view = new DataView(new ArrayBuffer(block.elements * size));
  for (let i = 0; i < block.elements; i++)
    if (size === 2) view.setUint16(2 * i, nan[dtype], true);
    else view.setUint32(4 * i, nan[dtype], true);
  if (values) for (const [index, at] of places(block)) write(view, at, dtype, values.at(index));
  return new Uint8Array(view.buffer);
};

/** Elements in C order; throws where a gap was written. */
const resultOf = (block: Block, bytes: Uint8Array): NdArray => {
  const { dtype, name } = block.tensor;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = new Float32Array(product(block.shape));
  const inside = new Set<number>();
  let n = 0;
  for (const [, at] of places(block)) {
    inside.add(at);
    values[n++] = read(view, at, dtype);
  }
  for (let i = 0; i < block.elements; i++) {
    const bits = bytesOf(dtype) === 2 ? view.getUint16(2 * i, true) : view.getUint32(4 * i, true);
    if (!inside.has(i) && bits !== nan[dtype])
      throw new Error(`${name}: element ${i - GAP} outside the tensor was written`);
  }
  return wrap(
    dtype,
    values,
    block.shape,
    block.tensor.axes.map((a) => a.axis),
  );
};

/** As many bytes as the launcher asks for, none of them zero. */
const scratchText = (m: Manifest): string => {
  const field = (kind: string): string =>
    m.arguments.fields.find((f) => f.role.kind === kind)?.name ?? kind;
  return `if (const size_t n = ${m.symbols.workspace}(&a)) {
    char* p = (char*)aligned_alloc(256, (n + 255) / 256 * 256);
    for (size_t i = 0; i < n; i++) p[i] = 0x5a;
    tensors.push_back({p, p + n});
    a.${field("workspace")} = p, a.${field("workspace_bytes")} = n;
  }`;
};

const mainText = (m: Manifest, blocks: readonly Block[], launch: Launch): string => {
  const fields = m.arguments.fields.map(({ name, role }) => {
    const block = (tensor: string): Block => blocks.find((b) => b.tensor.name === tensor)!;
    switch (role.kind) {
      case "size":
        return `a.${name} = sizeof a;`;
      case "dim":
        return `a.${name} = ${launch.sizes[role.dim]};`;
      case "scalar":
        return `a.${name} = ${launch.scalars?.[role.scalar]};`;
      case "pointer": {
        const gap = GAP * bytesOf(block(role.tensor).tensor.dtype);
        return `a.${name} = load("${role.tensor}.bin") + ${gap};`;
      }
      case "stride": {
        const { tensor, strides } = block(role.tensor);
        return `a.${name} = ${strides[tensor.axes.findIndex((x) => x.axis === role.axis)]};`;
      }
      case "workspace":
        return `a.${name} = nullptr;`;
      case "workspace_bytes":
        return `a.${name} = 0;`;
    }
  });
  const saves = m.outputs.map((o) => {
    const { elements } = blocks.find((b) => b.tensor.name === o.name)!;
    const gap = GAP * bytesOf(o.dtype);
    return `save("${o.name}.out", (char*)out_${o.name} - ${gap}, ${elements * bytesOf(o.dtype)});`;
  });
  return `
static char* load(const char* name) {
  FILE* f = fopen(name, "rb");
  fseek(f, 0, SEEK_END);
  const long n = ftell(f);
  char* p = (char*)aligned_alloc(256, (n + 255) / 256 * 256);
  rewind(f);
  if (fread(p, 1, n, f) != (size_t)n) exit(8);
  fclose(f);
  tensors.push_back({p, p + n});
  return p;
}
static void save(const char* name, const char* p, size_t n) {
  FILE* f = fopen(name, "wb");
  fwrite(p, 1, n, f);
  fclose(f);
}
int main(int count, char** arguments) {
  if (count > 1) left_out = atoi(arguments[1]);
  if (count > 2) slow_warp = atoi(arguments[2]);
  ${m.arguments.struct} a{};
  ${fields.join("\n  ")}
  ${scratchText(m)}
  ${m.outputs.map((o) => `void* out_${o.name} = a.${o.name};`).join("\n  ")}
  ${launch.before ?? ""}
  const int code = ${m.symbols.launch}(&a, nullptr);
  printf("%d %s", code, ${m.symbols.error}(code));
  ${saves.join("\n  ")}
}`;
};

export interface Ready {
  /** Throws where the kernel writes outside its outputs. */
  readonly run: (...argument: readonly string[]) => Launched;
  readonly dispose: () => void;
}

/** Compiled once, to be launched any number of times. */
export const readyEmulated = (
  cuda: string,
  m: Manifest,
  launch: Launch,
  change: (source: string) => string = (source) => source,
): Ready => {
  const blocks = [...m.inputs, ...m.outputs].map((t) => blockOf(t, launch.sizes));
  const files = Object.fromEntries(
    blocks.map((b) => [`${b.tensor.name}.bin`, memoryOf(b, launch.inputs[b.tensor.name])]),
  );
  const results = m.outputs.map((o) => `${o.name}.out`);
  const emulated = new Emulated(`${change(emulatedSource(cuda))}\n${mainText(m, blocks, launch)}`);
  const run = (...argument: readonly string[]): Launched => {
    const ran = emulated.run(files, results, ...argument);
    const [code = "", ...error] = ran.output.split(" ");
    const outputs = m.outputs.map(({ name }) => {
      const block = blocks.find((b) => b.tensor.name === name)!;
      return [name, resultOf(block, ran.files[`${name}.out`]!)] as const;
    });
    return { code: Number(code), error: error.join(" "), outputs: Object.fromEntries(outputs) };
  };
  return { run, dispose: () => emulated.dispose() };
};

export const launchEmulated = (cuda: string, m: Manifest, launch: Launch): Launched => {
  const ready = readyEmulated(cuda, m, launch);
  try {
    return ready.run();
  } finally {
    ready.dispose();
  }
};
