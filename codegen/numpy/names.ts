// Names and free text of a program as Python: identifiers, comments, numbers. Whatever comes from a user
// passes through here, and cannot end a comment or become a statement.

import { unreachable } from "../base/diagnostic.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const python = words(`
  False None True and as assert async await break case class continue def del elif else except finally for
  from global if import in is lambda match nonlocal not or pass raise return try type while with yield
  abs bool dict float int len list map max min open print range set slice sorted str sum tuple zip exit`);

/** What the emitted script itself calls so. */
const emitted = words(`
  np argparse os time f32 functools run_block main shapes roundings inputs outputs workspace row col lane_col fixed_col
  to_f16 to_bf16 to_f32 to_i32 pad span store spread lane_sums lane_maxima join_lanes row_max row_sum warp_any
  lane_start by_lane weighted element rem floor_pow2 round_half_up finite strangers take_turns`);

/** Gives each name of each kind an identifier that no other has. */
export class Identifiers {
  private readonly given = new Map<string, string>();
  private readonly taken = new Set([...python, ...emitted]);

  of(kind: "tensor" | "value" | "function" | "role" | "barrier", name: string): string {
    const known = this.given.get(`${kind} ${name}`);
    if (known !== undefined) return known;
    const fresh = this.fresh(name);
    this.given.set(`${kind} ${name}`, fresh);
    return fresh;
  }

  /** An identifier like `name` that nothing else has. */
  fresh(name: string): string {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) unreachable("not an identifier", name);
    let identifier = name.startsWith("__") ? `x${name}` : name;
    while (this.taken.has(identifier)) identifier += "_";
    this.taken.add(identifier);
    return identifier;
  }
}

/** Free text as one line of printable characters, for a comment. */
export const plain = (text: string): string =>
  text.replace(/[^\x20-\x7e\u00a1-\u024f\u0370-\u03ff\u2190-\u22ff]/gu, " ").trim();

/** The shortest decimal that rounds to this f32. */
const shortest = (x: number): string => {
  for (let digits = 1; digits < 9; digits++) {
    const text = String(Number(x.toPrecision(digits)));
    if (Math.fround(Number(text)) === x) return text;
  }
  return String(Number(x.toPrecision(9)));
};

export const floatLiteral = (value: number): string => {
  const x = Math.fround(value);
  if (Number.isNaN(x)) return "np.nan";
  if (!Number.isFinite(x)) return x < 0 ? "-np.inf" : "np.inf";
  if (Object.is(x, -0)) return "-0.0";
  const text = shortest(x);
  return /[.e]/.test(text) ? text : `${text}.0`;
};
