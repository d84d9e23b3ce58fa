// Each statement of a scheduled program as C++: one case per kind, and nothing that has no statement.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, and, binary, variable } from "../expr/expr.ts";
import type { BarrierDecl, Kernel } from "../tile/program.ts";
import type {
  Arrive,
  AwaitProducts,
  BarrierRef,
  BulkCopy,
  Copy,
  Fetch,
  Find,
  Let,
  Product,
  Slice,
  Statement,
  StoreTile,
  TileRef,
  Visit,
} from "../tile/statement.ts";
import { boxOrder } from "./boxes.ts";
import { type ElementContext, printFill, printIfAny, printMap, printReduce } from "./elements.ts";
import { nonNegative, printExpression, scalarType } from "./expression.ts";
import type { Identifiers } from "./names.ts";
import { elementType } from "./params.ts";
import type { Scope } from "./scope.ts";
import { padding, pointerText, rowArguments } from "./slice.ts";
import { type Lines, braces, paragraphs, withNote } from "./text.ts";
import { axisConstant, layoutOf, rowAxis, tileInfo } from "./tiles.ts";

export interface BodyContext extends ElementContext {
  readonly kernel: Kernel;
  readonly names: Identifiers;
  /** The variable that holds a slice's pointer, where the kernel keeps one. */
  pointer(slice: Slice): string | undefined;
  /** How many arrivals complete a phase. */
  arrivals(barrier: BarrierDecl): string;
  /** The number of threads that run this body, as the text names it. */
  readonly role: { readonly threads: string };
}

export const printBody = (body: readonly Statement[], context: BodyContext): Lines =>
  paragraphs(body.map((s) => withNote(printStatement(s, context), s.note)));

const inner = (context: BodyContext): BodyContext => ({ ...context, scope: context.scope.inner() });

const printStatement = (s: Statement, context: BodyContext): Lines => {
  const { scope, names } = context;
  const text = (e: Expr): string => printExpression(e, scope);
  switch (s.kind) {
    case "let":
      return printLet(s, context);
    case "for": {
      const name = names.of(s.name);
      const body = inner(context);
      body.scope.name(s.name, name, nonNegative(s.from, scope));
      const head = `for (int ${name} = ${text(s.from)}; ${name} < ${text(s.to)}; ${name}++)`;
      const lines = printBody(s.body, body);
      return lines.length === 1 ? [`${head} ${lines[0]}`] : braces(head, lines);
    }
    case "find": {
      const name = names.of(s.name);
      scope.name(s.name, name, nonNegative(s.from, scope));
      return [`int ${name} = ${text(s.from)};`, seek(s, s.name, name, scope)];
    }
    case "visit":
      return printVisit(s, context);
    case "if":
      return braces(`if (${text(s.condition)})`, printBody(s.then, inner(context)));
    case "if_any":
      return printIfAny(s, context, printBody(s.then, inner(context)));
    case "call": {
      const flags = s.flags.map(String);
      return [`${names.of(s.step)}(${[...s.args.map(text), ...flags].join(", ")});`];
    }
    case "map":
      return printMap(s, context);
    case "fill":
      return printFill(s, context);
    case "reduce":
      return printReduce(s, context);
    case "product":
      return s.issued ? printIssue(s, context) : printProduct(s, context);
    case "await_products":
      return printAwaitProducts(s, context);
    case "quarantine":
      scope.helper(`multiply_${halfType(s.b.tile, context)}`);
      scope.helper(`not_finite_${halfType(s.b.tile, context)}`);
      return [
        `${scope.helper("quarantine")}<${context.role.threads}>(${tile(s.to, context)}, ${ref(s.a, context)}, ${ref(s.b, context)});`,
      ];
    case "take_turn":
      return [`${scope.helper("take_turn")}();`];
    case "pass_turn":
      scope.helper("take_turn");
      return [`pass_turn<${context.role.threads} / 128>();`];
    case "bulk_copy":
      return printBulkCopy(s, context);
    case "get":
      scope.helper("get");
      return [`get(${tile(s.to, context)}, ${ref(s.from, context)});`];
    case "put":
      scope.helper("put");
      scope.helper(`pack_${halfType(s.to.tile, context)}`);
      return [`put(${ref(s.to, context)}, ${tile(s.from, context)});`];
    case "copy":
      return printCopy(s, context);
    case "fetch":
      return printFetch(s, context);
    case "deposit":
      scope.helper("deposit");
      return [`deposit(${ref(s.to, context)}, ${tile(s.from, context)});`];
    case "store":
      return printStore(s, context);
    case "commit":
      return [`${scope.helper("commit_copies")}();`];
    case "wait":
      return [`${scope.helper("wait_copies")}<${s.pending}>();`];
    case "barrier":
      return [`${scope.helper("sync_block")}();`];
    case "sync_warp":
      return [`${scope.helper("sync_warp")}();`];
    case "init_barriers":
      return braces("if (threadIdx.x == 0)", [
        ...context.kernel.barriers.map((b) => `${names.of(b.name)}.init(${context.arrivals(b)});`),
        ...(context.kernel.barriers.some((b) => b.counts === "bytes")
          ? [`${scope.helper("publish_barriers")}();`]
          : []),
      ]);
    case "arrive":
      return [`${scope.helper(arrival(s, context))}(${barrier(s.barrier, context)});`];
    case "await":
      return [`${scope.helper("await_phase")}(${barrier(s.barrier, context)}, ${text(s.parity)});`];
    case "columns":
    case "load":
    case "absent":
    case "online_softmax":
      return unreachable(`${s.kind} in a scheduled program`);
  }
};

/** Moves the variable of that name on to the next place. */
const seek = ({ to, unless }: Find | Visit, name: string, text: string, scope: Scope): string => {
  const passing = and(binary("lt", variable("i32", name), to), unless);
  return `while (${printExpression(passing, scope)}) ${text}++;`;
};

const printVisit = (s: Visit, context: BodyContext): Lines => {
  const { scope, names } = context;
  const [t, here, next] = [s.name, s.here, s.next].map((name) => names.of(name)) as [
    string,
    string,
    string,
  ];
  const from = printExpression(s.from, scope);
  const head = `for (int ${t} = 0, ${here} = ${from}, ${next}; ${here} < ${printExpression(s.to, scope)}; ${t}++, ${here} = ${next})`;
  const body = inner(context);
  body.scope.name(s.name, t, true);
  for (const [name, text] of [
    [s.here, here],
    [s.next, next],
  ] as const)
    body.scope.name(name, text, nonNegative(s.from, scope));
  return braces(head, [
    `${next} = ${here} + 1;`,
    seek(s, s.next, next, body.scope),
    ...printBody(s.body, body),
  ]);
};

export const printLet = (s: Let, { scope, names }: Pick<BodyContext, "scope" | "names">): Lines => {
  const line = `const ${scalarType(s.type)} ${names.of(s.name)} = ${printExpression(s.value, scope)};`;
  scope.name(s.name, names.of(s.name), nonNegative(s.value, scope));
  return [line];
};

const tile = (name: string, context: BodyContext): string =>
  (context.tile(name) ?? unreachable(`no tile ${name}`)).name;

const ref = (r: TileRef, context: BodyContext): string => {
  const { name, decl } = context.tile(r.tile) ?? unreachable(`no tile ${r.tile}`);
  const stages = decl.place.kind === "shared" ? decl.place.stages : 1;
  return r.stage === undefined || stages === 1
    ? name
    : `${name}[${printExpression(r.stage, context.scope)}]`;
};

const barrier = (r: BarrierRef, { names, scope }: BodyContext): string =>
  `${names.of(r.barrier)}[${printExpression(r.stage, scope)}]`;

const halfType = (name: string, context: BodyContext): "f16" | "bf16" => {
  const dtype = context.tile(name)?.decl.dtype;
  return dtype === "f16" || dtype === "bf16"
    ? dtype
    : unreachable(`${name} is not of a 16-bit type`);
};

const printProduct = (s: Product, context: BodyContext): Lines => {
  const a = context.tile(s.a.tile) ?? unreachable(`no tile ${s.a.tile}`);
  context.scope.helper(`multiply_${halfType(s.b.tile, context)}`);
  const helper =
    s.form === "qk"
      ? a.decl.place.kind === "shared"
        ? "qk_shared"
        : "qk_operand"
      : s.skipZeros
        ? "pv_skip_zeros"
        : "pv";
  context.scope.helper(helper);
  if (s.skipZeros) context.scope.helper(`not_finite_${halfType(s.b.tile, context)}`);
  return [
    `${s.skipZeros ? helper : s.form}(${tile(s.to, context)}, ${ref(s.a, context)}, ${ref(s.b, context)});`,
  ];
};

const arrival = (
  s: Arrive,
  { kernel }: BodyContext,
): "arrive" | "arrive_after_copies" | "arrive_warp" => {
  if (s.after === "copies") return "arrive_after_copies";
  const decl = kernel.barriers.find((b) => b.name === s.barrier.barrier);
  return decl?.counts === "warps" ? "arrive_warp" : "arrive";
};

/** The instruction has as many columns as the result. */
const printIssue = (s: Product, context: BodyContext): Lines => {
  const { decl } = context.tile(s.to) ?? unreachable(`no tile ${s.to}`);
  const columns = tileInfo(context.kernel, decl).columns ?? unreachable(`columns of ${s.to}`);
  context.scope.helper(`start_${s.form}_${halfType(s.b.tile, context)}_${columns}`);
  const helper = context.scope.helper(`issue_${s.form}`);
  return [`${helper}(${tile(s.to, context)}, ${ref(s.a, context)}, ${ref(s.b, context)});`];
};

const printAwaitProducts = (s: AwaitProducts, context: BodyContext): Lines => [
  `${context.scope.helper("await_products")}<${s.pending}>();`,
  ...s.ready.map((name) => {
    const { decl } = context.tile(name) ?? unreachable(`no tile ${name}`);
    context.scope.helper(layoutOf(decl) === "operand" ? "tie_operand" : "tie_accumulator");
    return `tie(${tile(name, context)});`;
  }),
];

const printBulkCopy = (s: BulkCopy, context: BodyContext): Lines => {
  const { scope } = context;
  const { member } =
    scope.parameters.boxes.get(s.from.tensor) ?? unreachable(`no boxes of ${s.from.tensor}`);
  const { decl } = scope.tensor(s.from.tensor);
  const places = boxOrder(decl, s.from)
    .slice(1)
    .map(({ place }) => {
      const index = s.from.index[place];
      if (index?.kind === "tile") return printExpression(index.origin, scope);
      return index?.kind === "point"
        ? printExpression(index.at, scope)
        : unreachable("two columns");
    });
  const rank = decl.axes.length;
  if (rank !== 2 && rank !== 3 && rank !== 4 && rank !== 5) return unreachable(`rank ${rank}`);
  scope.helper(`bulk_copy_${rank}d`);
  return [
    `bulk_copy(${ref(s.to, context)}, params.${member}, ${barrier(s.barrier, context)}, ${places.join(", ")});`,
  ];
};

const printCopy = (s: Copy, context: BodyContext): Lines => {
  context.scope.helper("copy_rows");
  const { pad, from } = source(s, s.to.tile, context);
  const parameters = ["THREADS", ...(pad > 0 ? [String(pad)] : [])].join(", ");
  return [`copy_rows<${parameters}>(${ref(s.to, context)}, ${from});`];
};

const printFetch = (s: Fetch, context: BodyContext): Lines => {
  context.scope.helper("fetch_rows");
  const { pad, from } = source(s, s.to, context);
  return [`fetch_rows${pad > 0 ? `<${pad}>` : ""}(${tile(s.to, context)}, ${from});`];
};

/** The columns that a box lacks, and its arguments: where it begins, which rows, the guard. */
const source = (
  s: Copy | Fetch,
  to: string,
  context: BodyContext,
): { readonly pad: number; readonly from: string } => {
  const { scope } = context;
  const { decl } = context.tile(to) ?? unreachable(`no tile ${to}`);
  const pointer = context.pointer(s.from) ?? pointerText(s.from, scope);
  return {
    pad: padding(s.from, tileInfo(context.kernel, decl).columns ?? 0, scope),
    from: `${pointer}, ${rowArguments(s.from, scope)}, ${printExpression(s.guard, scope)}`,
  };
};

const tensorHalf = (name: string, scope: BodyContext["scope"]): "f16" | "bf16" => {
  const { dtype } = scope.tensor(name).decl;
  return dtype === "f16" || dtype === "bf16"
    ? dtype
    : unreachable(`${name} is not of a 16-bit type`);
};

const printStore = (s: StoreTile, context: BodyContext): Lines => {
  const { scope } = context;
  const { decl } = context.tile(s.from.tile) ?? unreachable(`no tile ${s.from.tile}`);
  const to = pointerText(s.to, scope);
  const rows = rowArguments(s.to, scope);
  if (decl.place.kind === "shared") {
    scope.helper("store_rows");
    const pad = padding(s.to, tileInfo(context.kernel, decl).columns ?? 0, scope);
    const parameters = [
      axisConstant("WARP", rowAxis(decl)),
      ...(pad > 0 ? [String(pad)] : []),
    ].join(", ");
    return [`store_rows<${parameters}>(${to}, ${rows}, ${ref(s.from, context)});`];
  }
  if (layoutOf(decl) === "accumulator") {
    scope.helper("store_accumulator");
    scope.helper(`pack_${tensorHalf(s.to.tensor, scope)}`);
    const pad = padding(s.to, tileInfo(context.kernel, decl).columns ?? 0, scope);
    return [
      `store_accumulator${pad > 0 ? `<${pad}>` : ""}(${to}, ${rows}, ${ref(s.from, context)});`,
    ];
  }
  if (decl.shape.length !== 1 || layoutOf(decl) !== "rows")
    return unreachable(`store of ${s.from.tile}, which is neither shared nor a row vector`);
  const tensor = scope.tensor(s.to.tensor).decl;
  if (elementType(tensor.dtype) !== elementType(decl.dtype))
    return unreachable(`store of ${decl.dtype} as ${tensor.dtype}`);
  scope.helper("store_vector");
  return [`store_vector(${to}, ${rows}, ${ref(s.from, context)});`];
};
