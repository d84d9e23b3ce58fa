// .npy files: what is written is read back, and a damaged or foreign file is refused (A6009).

import { expect, test } from "vitest";
import { readNpy, writeNpy } from "../../../codegen/cli/npy.ts";
import { generator } from "../../../codegen/sim/random.ts";

test.each([[[]], [[0]], [[7]], [[3, 5]], [[2, 3, 5, 7]], [[4, 0, 2]]])(
  "round trip of %j",
  (shape) => {
    const random = generator(11);
    const count = shape.reduce((n, x) => n * x, 1);
    const values = Float32Array.from({ length: count }, () => random.normal());
    const bytes = writeNpy(shape, values);
    expect((bytes.length - 4 * count) % 64).toBe(0);
    const read = readNpy(bytes, "x.npy");
    expect(read.shape).toEqual(shape);
    expect([...read.values]).toEqual([...values]);
  },
);

const file = (header: string, data: Uint8Array, version = 1): Uint8Array => {
  const text = Buffer.from(`${header}\n`, "latin1");
  const head = Buffer.alloc(version === 1 ? 10 : 12);
  head.write("\x93NUMPY", "latin1");
  head.writeUInt8(version, 6);
  if (version === 1) head.writeUInt16LE(text.length, 8);
  else head.writeUInt32LE(text.length, 8);
  return Buffer.concat([head, text, data]);
};
const header = (descr: string, shape: string, fortran = "False"): string =>
  `{'descr': ${descr}, 'fortran_order': ${fortran}, 'shape': ${shape}, }`;

test("reads each plain dtype", () => {
  const bytes = (array: ArrayBufferView): Uint8Array =>
    new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
  const read = (descr: string, data: ArrayBufferView, version = 1): readonly number[] => [
    ...readNpy(file(header(`'${descr}'`, "(2,)"), bytes(data), version), "x.npy").values,
  ];
  expect(read("<f2", new Uint16Array([0x3c00, 0xfbff]))).toEqual([1, -65504]);
  expect(read("<f4", new Float32Array([0.5, -3]))).toEqual([0.5, -3]);
  expect(read("<f8", new Float64Array([0.1, 1e300]), 2)).toEqual([0.1, 1e300]);
  expect(read("<i4", new Int32Array([-7, 2 ** 31 - 1]))).toEqual([-7, 2 ** 31 - 1]);
  expect(read("<i8", new BigInt64Array([-7n, 2n ** 40n]))).toEqual([-7, 2 ** 40]);
});

const four = new Uint8Array(4);
test.each([
  ["another format", Buffer.from("PK\x03\x04 not an array at all")],
  ["an empty file", new Uint8Array()],
  ["a pickled object", file(header("'|O'", "(1,)"), four)],
  ["a record", file(header("[('a', '<f4')]", "(1,)"), four)],
  ["big endian", file(header("'>f4'", "(1,)"), four)],
  ["Fortran order", file(header("'<f4'", "(1,)", "True"), four)],
  ["too few data", file(header("'<f4'", "(2,)"), four)],
  ["too many data", file(header("'<f4'", "(0,)"), four)],
  ["a shape that overflows", file(header("'<f4'", "(94906267, 94906267, 2)"), four)],
  ["no shape", file("{'descr': '<f4', 'fortran_order': False}", four)],
  ["a header cut off", file(header("'<f4'", "(1,)"), four).subarray(0, 40)],
])("refuses %s", (_, bytes) => {
  expect(() => readNpy(bytes, "x.npy")).toThrow("A6009");
});
