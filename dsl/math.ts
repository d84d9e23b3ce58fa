// Functions for scores and masks that Math lacks, each with its meaning on numbers.

/** Integer division towards minus infinity. */
export const idiv = (a: number, b: number): number => Math.floor(a / b);

/** The remainder that goes with idiv: it has the sign of `b`. (`%` has the sign of `a`.) */
export const mod = (a: number, b: number): number => a - b * Math.floor(a / b);

/** An i32 as f32, so that `/` is the division of real numbers. */
export const float = (x: number): number => x;

/** A float as i32, towards zero: for indices. */
export const int = (x: number): number => Math.trunc(x);

/** 2 to the power of `x`: one instruction. */
export const exp2 = (x: number): number => 2 ** x;

/** 1 / sqrt(x). */
export const rsqrt = (x: number): number => 1 / Math.sqrt(x);

/** tanh by one instruction, `tanh.approx.f32`: its relative error is up to 2^-11 (PTX ISA 9.7.3). */
export const tanhApprox = (x: number): number => Math.tanh(x);

/** Whether bit `i` of a 32-bit word is set; bit 0 is the lowest, and of `i` the last five bits count. */
export const bit = (word: number, i: number): boolean => ((word >> i) & 1) === 1;
