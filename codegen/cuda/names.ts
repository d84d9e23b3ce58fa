// Names of a program as C++ identifiers. Those of users have been checked upstream; here they are kept
// apart from C++'s own words, from the macros of the host's headers and from the emitted helpers.

import { helperNames } from "./helpers.ts";

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const cpp = words(`
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char class compl const constexpr
  const_cast continue decltype default delete do double dynamic_cast else enum explicit export extern false
  float for friend goto if inline int long mutable namespace new noexcept not not_eq nullptr operator or
  or_eq private protected public register reinterpret_cast return short signed sizeof static static_assert
  static_cast struct switch template this thread_local throw true try typedef typeid typename union unsigned
  using virtual void volatile wchar_t while xor xor_eq`);

const hostMacros = words(`
  NULL EOF errno assert signbit isnan isinf linux unix stdin stdout stderr major minor log2e min max abs
  INFINITY NAN HUGE_VAL RAND_MAX`);

/** What the emitter itself writes into a kernel's scopes. */
const emitted = words(`
  params at memory shared block args a arguments error grid stream problem device blocks r c row first fixed_row lane_col any code ready
  threadIdx blockIdx blockDim gridDim warpSize u32 i64 f16 bf16 uint2 uint4 DEVICE HOST_DEVICE INLINED UNROLL Params At
  locate qk read fmaxf fminf fmodf fabsf powf logf sqrtf rsqrtf sinf cosf floorf ceilf truncf`);

/** Members of a struct meet C++'s words and macros only; other names also what stands around them. */
const members: ReadonlySet<string> = new Set([...cpp, ...hostMacros]);
const everything: ReadonlySet<string> = new Set([...members, ...emitted, ...helperNames]);

/** Gives each name of one scope its identifier: itself, with underscores appended where that is taken. */
export class Identifiers {
  private readonly given = new Map<string, string>();
  private readonly taken: Set<string>;

  constructor(kind: "members" | "locals", taken: Iterable<string> = []) {
    this.taken = new Set([...(kind === "members" ? members : everything), ...taken]);
  }

  of(name: string): string {
    const known = this.given.get(name);
    if (known !== undefined) return known;
    const identifier = this.fresh(name);
    this.given.set(name, identifier);
    return identifier;
  }

  /** An identifier like `name` that nothing else of this scope has. */
  fresh(name: string): string {
    let identifier = name;
    while (this.taken.has(identifier)) identifier += "_";
    this.taken.add(identifier);
    return identifier;
  }
}

/** causal_gqa_prefill becomes CausalGqaPrefill. */
export const pascal = (name: string): string =>
  name.replace(/(^|_+)([A-Za-z0-9])/g, (_, __, letter: string) => letter.toUpperCase());
