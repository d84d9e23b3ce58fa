// A WebAssembly function in bytes (WebAssembly 2.0, binary format with SIMD): just what matrix.ts needs. Knows
// how modules and loops are encoded, not what is computed.

/** Instructions in order, each as its bytes. */
export type Code = readonly number[];

const unsigned = (n: number): Code => (n < 0x80 ? [n] : [(n & 0x7f) | 0x80, ...unsigned(n >>> 7)]);
const signed = (n: number): Code => {
  const last = n >= -0x40 && n < 0x40;
  return last ? [n & 0x7f] : [(n & 0x7f) | 0x80, ...signed(n >> 7)];
};
const vector = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, content: Code): Code => [id, ...unsigned(content.length), ...content];
const text = (s: string): Code => vector([...s].map((c) => [c.charCodeAt(0)]));

const I32 = 0x7f;
const V128 = 0x7b;
const EMPTY = 0x40;

const simd = (opcode: number, ...immediates: Code): Code => [
  0xfd,
  ...unsigned(opcode),
  ...immediates,
];
/** Alignment is a hint; 2 ** 3 bytes always hold here. */
const memory = (opcode: number, offset: number): Code => simd(opcode, 3, ...unsigned(offset));

export const get = (local: number): Code => [0x20, ...unsigned(local)];
export const set = (local: number): Code => [0x21, ...unsigned(local)];
export const i32 = (value: number): Code => [0x41, ...signed(value)];
export const addI32: Code = [0x6a];
export const mulF64x2 = simd(242);
export const addF64x2 = simd(240);
/** Two f64 to two f32, to nearest, and back. */
export const demote = simd(94);
export const promote = simd(95);
/** From the address on the stack: two f64, one f64 twice, two f32 (and zeros). */
export const load = (offset: number): Code => memory(0, offset);
export const loadTwice = (offset: number): Code => memory(10, offset);
export const loadHalf = (offset: number): Code => memory(93, offset);
/** Stores the first 64 bits. */
export const storeHalf = (offset: number): Code => [...memory(91, offset), 0];

export const increase = (local: number, by: Code): Code => [
  ...get(local),
  ...by,
  ...addI32,
  ...set(local),
];

/** Runs `body` `count` > 0 times, counting `local` down. */
export const repeat = (local: number, count: Code, body: Code): Code => [
  ...count,
  ...set(local),
  0x03,
  EMPTY, // loop
  ...body,
  ...increase(local, i32(-1)),
  ...get(local),
  0x0d,
  0, // br_if: again
  0x0b,
];

/** A module that imports memory `m.m` and exports one function `f` of `params` i32, with further locals after. */
export const moduleBytes = (
  params: number,
  locals: { readonly i32: number; readonly v128: number },
  body: Code,
): Uint8Array => {
  const code = [
    ...vector([
      [...unsigned(locals.i32), I32],
      [...unsigned(locals.v128), V128],
    ]),
    ...body,
    0x0b,
  ];
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(1, vector([[0x60, ...vector(Array.from({ length: params }, () => [I32])), 0]])),
    ...section(2, vector([[...text("m"), ...text("m"), 0x02, 0x00, 1]])),
    ...section(3, vector([[0]])),
    ...section(7, vector([[...text("f"), 0x00, 0]])),
    ...section(10, vector([[...unsigned(code.length), ...code]])),
  ]);
};
