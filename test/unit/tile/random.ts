// Random tile programs for the property tests of the text: every kind of statement and declaration, any
// well-typed expression, names that are also words of the syntax. They need not make sense to the verifier.

import * as fc from "fast-check";
import { bool, f32, i32, variable } from "../../../codegen/expr/expr.ts";
import type {
  Grid,
  Kernel,
  Place,
  Program,
  Role,
  Step,
  TensorDecl,
  TileDecl,
} from "../../../codegen/tile/program.ts";
import type { Statement } from "../../../codegen/tile/statement.ts";
import type { Slice, SliceIndex, TileRef } from "../../../codegen/tile/statement-parts.ts";
import { anyBool, anyExpr, anyF32, anyI32 } from "../expr/random.ts";
import { anySpan, marks, maybe, name, note } from "./random-words.ts";

const tileRef: fc.Arbitrary<TileRef> = fc
  .tuple(name, maybe("stage", anyI32))
  .map(([tile, stage]) => ({ tile, ...stage }));
const barrier = fc.record({ barrier: name, stage: anyI32 });
const sliceIndex: fc.Arbitrary<SliceIndex> = fc.oneof(
  fc.record({ kind: fc.constant("point" as const), at: anyI32 }),
  fc.record({ kind: fc.constant("tile" as const), axis: name, origin: anyI32 }),
  fc.record({ kind: fc.constant("all" as const) }),
);
const slice: fc.Arbitrary<Slice> = fc.record({
  tensor: name,
  index: fc.array(sliceIndex, { minLength: 1, maxLength: 4 }),
});
const kind = <K extends string>(...kinds: K[]): fc.Arbitrary<K> => fc.constantFrom(...kinds);

/** Statements without a body. */
const simple: fc.Arbitrary<Statement> = fc.oneof(
  anyExpr.chain((value) =>
    fc.record({
      kind: kind("let"),
      name,
      type: fc.constant(value.type),
      value: fc.constant(value),
    }),
  ),
  fc.record({
    kind: kind("call"),
    step: fc.constant("lower"),
    args: fc.tuple(anyI32, anyF32),
    flags: fc.tuple(fc.boolean(), fc.boolean()),
  }),
  fc.record({ kind: kind("find"), name, from: anyI32, to: anyI32, unless: anyBool }),
  fc.record({ kind: kind("load"), to: name, from: slice }),
  fc.record({ kind: kind("store"), to: slice, from: tileRef }),
  fc.record({ kind: kind("fill", "map", "absent"), to: name, value: anyExpr }),
  fc
    .tuple(
      fc.record({
        kind: kind("product"),
        form: kind("qk", "pv"),
        to: name,
        a: tileRef,
        b: tileRef,
      }),
      maybe("issued", fc.constant(true)),
    )
    .map(([s, issued]) => ({ ...s, ...issued })),
  fc.record({ kind: kind("quarantine"), to: name, a: tileRef, b: tileRef }),
  fc.record({
    kind: kind("reduce"),
    op: kind("max", "sum"),
    to: name,
    from: name,
    accumulate: fc.boolean(),
  }),
  fc.record({
    ...{ kind: kind("online_softmax"), scores: name, factor: anyF32 },
    ...{ weights: name, m: name, l: name, acc: name },
  }),
  fc.record({ kind: kind("copy"), to: tileRef, from: slice, guard: anyBool }),
  fc.record({ kind: kind("bulk_copy"), to: tileRef, from: slice, barrier }),
  fc.record({ kind: kind("fetch"), to: name, from: slice, guard: anyBool }),
  fc.record({ kind: kind("deposit"), to: tileRef, from: name }),
  fc.record({ kind: kind("commit", "barrier", "sync_warp", "init_barriers") }),
  fc.record({ kind: kind("take_turn", "pass_turn", "order_copies") }),
  fc.record({ kind: kind("wait"), pending: fc.nat(9) }),
  fc.record({
    ...{ kind: kind("await_products"), pending: fc.nat(9) },
    ready: fc.array(name, { minLength: 1, maxLength: 3 }),
  }),
  fc.record({ kind: kind("arrive"), barrier, after: kind("accesses", "copies") }),
  fc.record({ kind: kind("await"), barrier, parity: anyI32 }),
  fc.record({ kind: kind("get"), to: name, from: tileRef }),
  fc.record({ kind: kind("put"), to: tileRef, from: name }),
);

const { body } = fc.letrec<{ statement: Statement; body: readonly Statement[] }>((tie) => ({
  body: fc.array(tie("statement"), { maxLength: 5, depthIdentifier: "body" }),
  statement: fc
    .tuple(
      fc.oneof(
        { maxDepth: 3, depthIdentifier: "body" },
        { arbitrary: simple, weight: 6 },
        fc.record({ kind: kind("for"), name, from: anyI32, to: anyI32, body: tie("body") }),
        fc.record({
          ...{ kind: kind("visit"), name, here: name, next: name, from: anyI32, to: anyI32 },
          ...{ unless: anyBool, body: tie("body") },
        }),
        fc
          .record({ kind: kind("columns"), axis: name, origin: name, body: tie("body") })
          .chain((s) => maybe("where", anyBool).map((where) => ({ ...s, ...where }))),
        fc.record({ kind: kind("if", "if_any"), condition: anyBool, then: tie("body") }),
      ),
      marks,
    )
    .map(([s, more]) => ({ ...s, ...more }) as Statement),
}));

const dtype = fc.constantFrom("f16", "bf16", "f32", "i32");
const tensor = (n: string): fc.Arbitrary<TensorDecl> =>
  fc.record({
    name: fc.constant(n),
    dtype,
    axes: fc.array(fc.record({ axis: fc.constantFrom("b", "q", "kv", "d"), extent: anyI32 }), {
      minLength: 1,
      maxLength: 4,
    }),
  });

const panel = maybe("panel", fc.nat(128));
const home: fc.Arbitrary<Place> = fc.oneof(
  fc.record({ kind: kind("value") }),
  fc.record({
    kind: kind("registers"),
    layout: kind("accumulator", "operand", "pairs", "rows", "lanes"),
  }),
  fc
    .record({
      ...{ kind: kind("shared"), stages: fc.integer({ min: 1, max: 4 }) },
      ...{ offset: fc.nat(200000), swizzle: fc.constantFrom(1, 2, 4, 8) },
    })
    .chain((place) => panel.map((p) => ({ ...place, ...p }))),
  fc.record({
    ...{ kind: kind("shared"), stages: fc.constant(1), offset: fc.nat(200000) },
    ...{ swizzle: fc.constant(8), rowBits: fc.tuple(fc.nat(8), fc.nat(8), fc.nat(8)) },
  }),
);
const tiles: fc.Arbitrary<readonly TileDecl[]> = fc.array(
  fc
    .tuple(
      fc.record({
        ...{ name, dtype, place: home },
        shape: fc.array(fc.oneof(name, fc.nat(256)), { minLength: 1, maxLength: 2 }),
      }),
      maybe("note", note),
    )
    .map(([tile, more]) => ({ ...tile, ...more })),
  { maxLength: 4 },
);

const grid: fc.Arbitrary<Grid> = fc.oneof(
  fc.record({ kind: kind("blocks"), count: anyI32 }),
  fc.record({
    kind: kind("space"),
    points: fc.array(fc.record({ name, extent: anyI32 }), { maxLength: 3 }),
    rows: fc.record({ axis: name, origin: name }),
  }),
);

/** `lower` is called by `upper` and by roles; text has callees above callers. */
const steps: fc.Arbitrary<readonly Step[]> = fc.tuple(
  fc.record({
    name: fc.constant("lower"),
    params: fc.constant([
      { name: "t", type: "i32" as const },
      { name: "factor", type: "f32" as const },
    ]),
    flags: fc.constant(["masked", "last"]),
    ...{ tiles, body: body.map(withoutCalls) },
  }),
  fc.record({
    ...{ name: fc.constant("upper"), params: fc.constant([]), flags: fc.constant([]) },
    ...{ tiles, body },
  }),
);

function withoutCalls(statements: readonly Statement[]): readonly Statement[] {
  return statements.filter((s) => !JSON.stringify(s).includes('"kind":"call"'));
}

const role: fc.Arbitrary<Role> = fc
  .tuple(
    fc.record({ name, body }),
    maybe("warps", fc.nat(8)),
    maybe("registers", fc.nat(255)),
    maybe("single", fc.constant(true)),
  )
  .map(([r, ...more]) => Object.assign({}, r, ...more) as Role);

const kernel: fc.Arbitrary<Kernel> = fc
  .tuple(
    fc.record({
      ...{ name, grid, tiles, steps },
      host: fc.array(
        anyExpr.chain((value) =>
          fc
            .tuple(name, marks)
            .map(([n, m]) => ({ kind: "let" as const, name: n, type: value.type, value, ...m })),
        ),
        { maxLength: 3 },
      ),
      barriers: fc.array(
        fc
          .tuple(
            fc.record({
              ...{ name, stages: fc.nat(4), offset: fc.nat(99999) },
              counts: kind("threads", "warps", "bytes"),
            }),
            maybe("note", note),
          )
          .map(([b, more]) => ({ ...b, ...more })),
        { maxLength: 3 },
      ),
      axes: fc.array(
        fc
          .tuple(fc.record({ name, extent: anyI32 }), maybe("size", fc.nat(256)))
          .map(([axis, size]) => ({ ...axis, ...size })),
        { maxLength: 3 },
      ),
      start: body,
      roles: fc.array(role, { minLength: 1, maxLength: 2 }),
    }),
    maybe("launch", fc.record({ warps: fc.nat(16), blocksPerSM: fc.nat(8) })),
  )
  .map(([k, launch]) => ({ ...k, ...launch }));

const outputRole = fc.constantFrom(
  {},
  { role: { kind: "values" } },
  { role: { kind: "lse", base: "e" } },
  { role: { kind: "lse", base: 2 } },
);

const formula = fc
  .tuple(
    fc.constantFrom(
      { name: "scale", value: f32(0.125) },
      { name: "score", value: variable("f32", "s") },
      { name: "mask", value: bool(true) },
      { name: "mask", value: variable("bool", "p") },
    ),
    maybe("source", fc.string()),
    maybe("span", anySpan),
  )
  .map(([f, source, span]) => ({ ...f, ...source, ...span }));

/** Tensors are declared with the extents that expressions over x, y, z, u, v, p and table can have. */
export const anyProgram: fc.Arbitrary<Program> = fc
  .tuple(
    fc.record({
      ...{ name, source: fc.string(), kernels: fc.array(kernel, { minLength: 1, maxLength: 2 }) },
      dims: fc.constant(["x", "y"]),
      scalars: fc.constant([
        { name: "z", type: "i32" as const },
        { name: "u", type: "f32" as const },
        { name: "v", type: "f32" as const },
        { name: "p", type: "bool" as const },
      ]),
      inputs: tensor("q").map((q) => [
        { name: "table", dtype: "f32" as const, axes: [{ axis: "h" as const, extent: i32(4) }] },
        q,
      ]),
      outputs: fc.tuple(tensor("o"), outputRole).map(([o, r]) => [{ ...o, ...r }]),
      host: fc.constant([]),
      workspace: fc.array(tensor("scratch"), { maxLength: 1 }),
      formulas: fc.array(formula, { maxLength: 3 }),
    }),
    maybe("arch", fc.constantFrom("sm_70", "sm_75", "sm_80", "sm_90")),
    maybe("summary", fc.string()),
  )
  .map(([p, arch, summary]) => ({ ...p, ...arch, ...summary }) as Program);
