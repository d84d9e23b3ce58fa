// NumPy's .npy files (format 1.0 to 3.0, numpy.lib.format): plain numbers in C order, nothing pickled.
// Knows nothing of kernels.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { fromBits } from "../sim/round.ts";

export interface NpyArray {
  readonly shape: readonly number[];
  /** float64 holds every value of the accepted types exactly. */
  readonly values: Float64Array;
}

const magic = "\x93NUMPY";
const maxHeader = 65536;

/** Reads float16, float32, float64, int32 or int64; `file` is for messages. Throws DiagnosticError. */
export const readNpy = (bytes: Uint8Array, file: string): NpyArray => {
  const bad = (why: string): never => fail(codes.badArray(undefined, file, why));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const ascii = (from: number, length: number): string =>
    Buffer.from(bytes.subarray(from, from + length)).toString("latin1");
  if (bytes.length < 12 || ascii(0, 6) !== magic) return bad("it does not begin as .npy files do");
  const start = bytes[6] === 1 ? 10 : 12;
  const length = bytes[6] === 1 ? view.getUint16(8, true) : view.getUint32(8, true);
  if (length > maxHeader || start + length > bytes.length) return bad("its header is cut off");
  const header = ascii(start, length);
  const descr = /'descr':\s*'([^']*)'/.exec(header)?.[1] ?? "";
  const shapeText = /'shape':\s*\(([\d\s,]*)\)/.exec(header)?.[1];
  const element = elements[descr];
  if (element === undefined)
    return bad(`its dtype is ${descr === "" ? "not a plain number" : descr}`);
  if (!/'fortran_order':\s*False/.test(header)) return bad("it is in Fortran order");
  if (shapeText === undefined) return bad("its header names no shape");
  const shape = shapeText
    .split(",")
    .filter((s) => s.trim() !== "")
    .map(Number);
  const count = shape.reduce((product, n) => product * n, 1);
  const data = start + length;
  if (!Number.isSafeInteger(count) || data + count * element.bytes !== bytes.length)
    return bad(`its data do not have the shape [${shape.join(", ")}]`);
  const values = new Float64Array(count);
  for (let i = 0; i < count; i++) values[i] = element.read(view, data + i * element.bytes);
  return { shape, values };
};

interface Element {
  readonly bytes: number;
  readonly read: (view: DataView, at: number) => number;
}

const elements: Readonly<Record<string, Element>> = {
  "<f2": { bytes: 2, read: (view, at) => fromBits("f16", view.getUint16(at, true)) },
  "<f4": { bytes: 4, read: (view, at) => view.getFloat32(at, true) },
  "<f8": { bytes: 8, read: (view, at) => view.getFloat64(at, true) },
  "<i4": { bytes: 4, read: (view, at) => view.getInt32(at, true) },
  "<i8": { bytes: 8, read: (view, at) => Number(view.getBigInt64(at, true)) },
};

/** Float32 values in C order as a .npy file, format 1.0. */
export const writeNpy = (shape: readonly number[], values: Float32Array): Uint8Array => {
  const tuple = shape.length === 1 ? `${shape[0]},` : shape.join(", ");
  const text = `{'descr': '<f4', 'fortran_order': False, 'shape': (${tuple}), }`;
  // The data begin at a multiple of 64 bytes; the header ends in a newline.
  const length = Math.ceil((10 + text.length + 1) / 64) * 64 - 10;
  const head = Buffer.alloc(10);
  head.write(magic, "latin1");
  head.writeUInt8(1, 6);
  head.writeUInt16LE(length, 8);
  const data = Buffer.alloc(values.length * 4);
  values.forEach((x, i) => data.writeFloatLE(x, i * 4));
  return Buffer.concat([head, Buffer.from(`${text.padEnd(length - 1)}\n`, "latin1"), data]);
};
