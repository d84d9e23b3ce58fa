// L1 expressions as NumPy. Where scalars meet scalars Python computes, else NumPy with broadcasting:
// per row [rows, 1], per column [1, cols], per row and lane [rows, 4]. expr/evaluate.ts is the meaning.

import { unreachable } from "../base/diagnostic.ts";
import type { Binary, Convert, Expr, Load, ScalarType, Select, Unary } from "../expr/expr.ts";
import { floatLiteral, type Identifiers } from "./names.ts";

/** What a tile's elements look like: a matrix, one column, or four lanes per row. */
export type Form = "matrix" | "rows" | "lanes";

export interface TileShape {
  readonly form: Form;
  /** Python expressions. */
  readonly rows: string;
  readonly cols: string;
}

/** Where an expression stands. */
export interface Place {
  readonly names: Identifiers;
  /** Helpers of the script that were used. */
  readonly use: (helper: string) => string;
  readonly tileOf: (name: string) => TileShape | undefined;
  /** The tile whose elements are computed; absent for scalars. */
  readonly target?: TileShape;
}

/** Python's precedence, weakest first. */
const level = {
  ternary: 0,
  or: 1,
  and: 2,
  not: 3,
  compare: 4,
  bitOr: 5,
  bitAnd: 6,
  sum: 7,
  product: 8,
  prefix: 9,
  primary: 10,
};

/** Text with what it varies over. */
export interface Text {
  readonly text: string;
  readonly level: number;
  readonly perRow: boolean;
  readonly perColumn: boolean;
}

const isArray = (t: Text): boolean => t.perRow || t.perColumn;
const scalar = (text: string, own = level.primary): Text => ({
  text,
  level: own,
  perRow: false,
  perColumn: false,
});
const over = (parts: readonly Text[], text: string, own = level.primary): Text => ({
  text,
  level: own,
  perRow: parts.some((p) => p.perRow),
  perColumn: parts.some((p) => p.perColumn),
});
const within = (t: Text, least: number): string => (t.level < least ? `(${t.text})` : t.text);

export const printScalar = (e: Expr, place: Place): string => print(e, place, false).text;

export const printElements = (e: Expr, place: Place): Text => print(e, place, false);

/** `eager`: it is evaluated even where its value is not used. */
const print = (e: Expr, place: Place, eager: boolean): Text => {
  switch (e.kind) {
    case "const":
      return scalar(
        literal(e.type, e.value),
        e.value < 0 || Object.is(e.value, -0) ? level.prefix : level.primary,
      );
    case "var":
      return printVariable(e.name, place);
    case "load":
      return printLoad(e, place, eager);
    case "convert":
      return printConvert(e, print(e.a, place, eager), place);
    case "unary":
      return printUnary(e, print(e.a, place, eager), place);
    case "binary":
      return printBinary(e, place, eager);
    case "select":
      return printSelect(e, place, eager);
  }
};

const literal = (type: ScalarType, value: number): string => {
  if (type === "bool") return value === 0 ? "False" : "True";
  return type === "f32" ? floatLiteral(value) : String(BigInt(value));
};

const printVariable = (name: string, place: Place): Text => {
  const { target, use } = place;
  if (target !== undefined && name === "row")
    return { ...scalar(`${use("row")}(${target.rows})`), perRow: true };
  if (target !== undefined && (name === "col" || name === "lane_col" || name === "fixed_col")) {
    const text =
      target.form === "lanes" ? `${use("lane_start")}()` : `${use(name)}(${target.cols})`;
    return {
      text,
      level: level.primary,
      perRow: false,
      perColumn: true,
    };
  }
  const own = place.names.of("value", name);
  const tile = place.tileOf(name);
  if (tile === undefined) return scalar(own);
  if (target === undefined) return unreachable("a scalar expression names a tile", name);
  const columns = { ...scalar(own), perRow: true, perColumn: tile.form !== "rows" };
  return tile.form === "lanes" && target.form === "matrix"
    ? { ...columns, text: `${use("spread")}(${own}, ${target.cols})` }
    : columns;
};

/** NumPy evaluates both arms of a choice, so an index there may lie outside: `element` then clamps it. */
const printLoad = (e: Load, place: Place, eager: boolean): Text => {
  const tensor = place.names.of("tensor", e.tensor);
  const index = e.index.map((i) => print(i.value, place, eager));
  const list = index.map((i) => i.text).join(", ");
  if (isArray(over(index, "")) || eager)
    return over(
      index,
      `${place.use("element")}(${[tensor, ...index.map((i) => i.text)].join(", ")})`,
    );
  const text = `${tensor}[${list}]`;
  return scalar(e.type === "f32" ? text : `int(${text})`);
};

const printConvert = (e: Convert, a: Text, place: Place): Text => {
  const method = (type: string): Text => over([a], `${within(a, level.primary)}.astype(${type})`);
  switch (e.type) {
    case "f32":
      return isArray(a) ? method("f32") : scalar(`f32(${a.text})`);
    case "bool":
      return over([a], `${within(a, level.bitOr)} != 0`, level.compare);
    case "i32":
    case "i64":
      if (e.a.type === "f32") {
        const call = `${place.use("to_i32")}(${a.text})`;
        return isArray(a) ? over([a], call) : scalar(`int(${call})`);
      }
      if (isArray(a)) return method(e.type === "i32" ? "np.int32" : "np.int64");
      return e.a.type === "bool" ? scalar(`int(${a.text})`) : a; // Python has one kind of integer
  }
};

const functions: Readonly<Partial<Record<Unary["op"], string>>> = {
  exp: "np.exp",
  exp2: "np.exp2",
  log: "np.log",
  log2: "np.log2",
  sqrt: "np.sqrt",
  tanh: "np.tanh",
  tanhApprox: "np.tanh",
  sin: "np.sin",
  cos: "np.cos",
  floor: "np.floor",
  ceil: "np.ceil",
  trunc: "np.trunc",
  sign: "np.sign",
};

const printUnary = (e: Unary, operand: Text, place: Place): Text => {
  const a = typed(e.a, operand, false);
  const array = isArray(a);
  const integer = e.type !== "f32";
  switch (e.op) {
    case "neg":
      return over([a], `-${within(a, level.prefix)}`, level.prefix);
    case "abs":
      return over([a], `abs(${a.text})`);
    case "not":
      return array
        ? over([a], `~${within(a, level.prefix)}`, level.prefix)
        : scalar(`not ${within(a, level.not)}`, level.not);
    case "rsqrt":
      return over([a], `1 / np.sqrt(${a.text})`, level.product);
    case "round":
    case "floorPow2": {
      if (e.op === "round" && integer) return a;
      const call = `${place.use(e.op === "round" ? "round_half_up" : "floor_pow2")}(${a.text})`;
      if (array) return over([a], e.op === "floorPow2" && !integer ? `${call}.astype(f32)` : call);
      return scalar(integer ? `int(${call})` : `f32(${call})`);
    }
    default: {
      if (integer && (e.op === "floor" || e.op === "ceil" || e.op === "trunc")) return a;
      const call = `${functions[e.op] ?? unreachable("no NumPy function", e.op)}(${a.text})`;
      return integer && !array ? scalar(`int(${call})`) : over([a], call);
    }
  }
};

/** A constant beside an array takes its type; beside scalars an f32 must say that it is one. */
const typed = (e: Expr, text: Text, besideArray: boolean): Text =>
  e.kind === "const" && e.type === "f32" && !besideArray ? scalar(`f32(${text.text})`) : text;

const operators = {
  add: { sign: "+", level: level.sum },
  sub: { sign: "-", level: level.sum },
  mul: { sign: "*", level: level.product },
  lt: { sign: "<", level: level.compare },
  le: { sign: "<=", level: level.compare },
  gt: { sign: ">", level: level.compare },
  ge: { sign: ">=", level: level.compare },
  eq: { sign: "==", level: level.compare },
  ne: { sign: "!=", level: level.compare },
} as const;

const printBinary = (e: Binary, place: Place, eager: boolean): Text => {
  const left = print(e.a, place, eager);
  // What stands behind a deciding operand is evaluated all the same where that operand is an array.
  const guarded = (e.op === "and" || e.op === "or") && isArray(left);
  const right = print(e.b, place, eager || guarded);
  const array = isArray(left) || isArray(right);
  const a = typed(e.a, left, isArray(right));
  const b = typed(e.b, right, isArray(left));
  const infix = (operator: string, own: number): Text =>
    over(
      [a, b],
      `${within(a, own === level.compare ? own + 1 : own)} ${operator} ${within(b, own + 1)}`,
      own,
    );
  const call = (name: string): Text => over([a, b], `${name}(${a.text}, ${b.text})`);
  const integer = e.type !== "f32";
  switch (e.op) {
    case "and":
      return array ? infix("&", level.bitAnd) : infix("and", level.and);
    case "or":
      return array ? infix("|", level.bitOr) : infix("or", level.or);
    case "div":
      if (integer && eager) return call("np.floor_divide"); // Python raises on zero
      return infix(integer ? "//" : "/", level.product);
    case "mod":
      return integer && eager ? call("np.mod") : infix("%", level.product);
    case "rem":
      return array || !integer ? call("np.fmod") : call(place.use("rem"));
    case "pow":
      return call("np.power");
    case "bitAnd":
      return call("np.bitwise_and");
    case "bitOr":
      return call("np.bitwise_or");
    case "bitXor":
      return call("np.bitwise_xor");
    case "shl":
    case "shr":
      return call(place.use(e.op));
    case "min":
    case "max":
      if (integer) return call(array ? `np.${e.op}imum` : e.op);
      return call(`np.f${e.op}`);
    case "add":
    case "sub":
    case "mul":
    case "lt":
    case "le":
    case "gt":
    case "ge":
    case "eq":
    case "ne":
      return infix(operators[e.op].sign, operators[e.op].level);
  }
};

/** Python chooses lazily between arms of one shape, `np.where` between elements. */
const printSelect = (e: Select, place: Place, eager: boolean): Text => {
  const condition = print(e.condition, place, eager);
  const arms = [print(e.a, place, eager), print(e.b, place, eager)] as const;
  const alike = arms[0].perRow === arms[1].perRow && arms[0].perColumn === arms[1].perColumn;
  const elements = isArray(condition) || !alike;
  const [left, right] = elements ? [print(e.a, place, true), print(e.b, place, true)] : arms;
  const a = typed(e.a, left, isArray(right));
  const b = typed(e.b, right, isArray(left));
  if (elements) return over([condition, a, b], `np.where(${condition.text}, ${a.text}, ${b.text})`);
  const text = `${within(a, level.or)} if ${within(condition, level.or)} else ${within(b, level.ternary)}`;
  return over([a, b], text, level.ternary);
};
