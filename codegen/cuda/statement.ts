// Each statement of a scheduled program as C++: one case per kind, and nothing that has no statement.

import { unreachable } from "../base/diagnostic.ts";
import { type Expr, binary, variable } from "../expr/expr.ts";
import type { Find, Let, Product, Statement, Visit } from "../tile/statement.ts";
import { type BodyContext, barrier, halfType, ref, tile } from "./body.ts";
import { printFill, printIfAny, printMap, printReduce } from "./elements.ts";
import { printExpression, printOperand, scalarType } from "./expression.ts";
import type { Scope } from "./scope.ts";
import { nonNegative } from "./sign.ts";
import { printCopy, printFetch, printStore } from "./statement-copies.ts";
import { arrival, printAwaitProducts, printBulkCopy, printIssue } from "./statement-warpgroup.ts";
import { type Lines, braces, paragraphs, withNote } from "./text.ts";

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
    case "order_copies":
      return [`${scope.helper("order_copies")}();`];
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

/** Moves the variable of that name on to the next place. Nothing is asked about what lies beyond the last one. */
const seek = ({ to, unless }: Find | Visit, name: string, text: string, scope: Scope): string => {
  const inside = printExpression(binary("lt", variable("i32", name), to), scope);
  return `while (${inside} && ${printOperand(unless, scope)}) ${text}++;`;
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

const printProduct = (s: Product, context: BodyContext): Lines => {
  const a = context.tile(s.a.tile) ?? unreachable(`no tile ${s.a.tile}`);
  context.scope.helper(`multiply_${halfType(s.b.tile, context)}`);
  const { place } = a.decl;
  const helper =
    s.form === "qk"
      ? place.kind === "shared"
        ? place.panel === undefined
          ? "qk_shared"
          : "qk_again"
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
