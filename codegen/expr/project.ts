// What a conjunction says about columns alone, over all rows of a tile at once: the columns that some
// row sees, and those that every row sees. Rows are eliminated exactly wherever the Omega test's dark
// shadow shows it (Pugh 1991), else the result is too wide and the atoms to blame are named.

import { cornersOf, movesIn } from "./corners.ts";
import type { Box } from "./corners.ts";
import type { Expr } from "./expr.ts";
import { linear, minus, number, plus, scale, without } from "./linear.ts";
import type { Linear, Term } from "./linear.ts";
import type { Atom, Conjunction } from "./predicate.ts";
import { provablyAtLeast } from "./prove.ts";
import type { Facts } from "./prove.ts";

export interface Rows {
  readonly name: string;
  readonly first: Linear;
  readonly last: Linear;
}

/** Holds where all forms, linear in the column, are at least 0, and all tests hold. */
export interface Shadow {
  readonly forms: readonly Linear[];
  readonly tests: readonly Expr[];
}

export interface Projection {
  /** Contains every column that some row sees; exactly those if nobody is to blame. */
  readonly some: Shadow;
  /** Only columns that every row sees; absent where an atom is unsolved. */
  readonly every?: Shadow;
  /** The author's comparisons for which `some` is too wide or `every` too narrow. */
  readonly blame: readonly Expr[];
}

interface Half {
  readonly form: Linear;
  readonly source?: Expr;
}

export const project = (atoms: Conjunction, rows: Rows, facts: Facts): Projection => {
  const corners = new Map([[rows.name, { lo: rows.first, hi: rows.last }]]);
  const box: Box = { corners, facts };
  const pivot = pivotOf(atoms, rows.name);
  const blame = new Set<Expr>();
  const some: Half[] = [];
  const every: Linear[] = [];
  const tests: Expr[] = [];
  let solved = true;
  for (const atom of atoms) {
    const { source } = atom;
    if (atom.kind === "uniform") tests.push(atom.test);
    const split = atom.kind === "linear" ? splitRows(atom.form, rows.name, pivot, box) : undefined;
    if (split) {
      every.push(split.least);
      some.push({ form: split.most, source });
      if (!split.exact) blame.add(source);
    } else if (atom.kind !== "uniform") {
      solved = false;
      blame.add(source);
    }
  }
  const forms = eliminate(some, pivot, box, facts, blame);
  return {
    some: { forms, tests },
    ...(solved && { every: { forms: every, tests } }),
    blame: [...blame],
  };
};

/** A term that stands for the row in the elimination: over the rows it takes each integer between its corners. */
interface Pivot {
  readonly key: string;
  readonly term: Term;
}

const rowTerms = (form: Linear, row: string): readonly Pivot[] =>
  [...form.terms]
    .filter(([, term]) => movesIn(term.expr, new Set([row])))
    .map(([key, term]) => ({ key, term }));

/** The row itself where an atom mentions it; else the quotient by which all atoms mention it. */
const pivotOf = (atoms: readonly Atom[], row: string): Pivot | undefined => {
  const all = atoms.flatMap((a) => (a.kind === "linear" ? rowTerms(a.form, row) : []));
  const itself = all.find((p) => p.key === row);
  const first = itself ?? all[0];
  if (first === undefined || itself) return itself;
  return all.every((p) => p.key === first.key) && takesEveryInteger(first.term.expr, row)
    ? first
    : undefined;
};

/** A quotient by a constant moves by at most one when the row does. */
const takesEveryInteger = (e: Expr, row: string): boolean => {
  if (e.kind !== "binary" || e.op !== "div" || e.b.kind !== "const" || e.b.value <= 0) return false;
  const inside = rowTerms(linear(e.a), row);
  return (
    inside.length === 1 &&
    inside[0]!.key === row &&
    Math.abs(inside[0]!.term.coefficient) <= e.b.value
  );
};

interface Split {
  /** The form's least value over the rows. */
  readonly least: Linear;
  /** Its greatest, except that the pivot stays. */
  readonly most: Linear;
  readonly exact: boolean;
}

const splitRows = (
  form: Linear,
  row: string,
  pivot: Pivot | undefined,
  box: Box,
): Split | undefined => {
  const moving = rowTerms(form, row);
  let fixed = form;
  let varying = number(0);
  for (const { key, term } of moving) {
    fixed = without(fixed, key);
    varying = plus(varying, single(key, term));
  }
  const others = pivot ? without(varying, pivot.key) : varying;
  const [all, rest] = [cornersOf(varying, box), cornersOf(others, box)];
  if (!all || !rest) return undefined;
  return {
    least: plus(fixed, all.lo),
    most: plus(plus(fixed, rest.hi), minus(varying, others)),
    exact: others.terms.size === 0,
  };
};

const single = (key: string, term: Term): Linear => ({
  terms: new Map([[key, term]]),
  constant: 0,
});

/** Fourier-Motzkin: what two halves that bound the pivot from below and from above say together. */
const eliminate = (
  halves: readonly Half[],
  pivot: Pivot | undefined,
  box: Box,
  facts: Facts,
  blame: Set<Expr>,
): readonly Linear[] => {
  if (pivot === undefined) return halves.map((h) => h.form);
  const itself = single(pivot.key, { ...pivot.term, coefficient: 1 });
  const corners = cornersOf(itself, box)!;
  const factor = (h: Half): number => h.form.terms.get(pivot.key)?.coefficient ?? 0;
  const below: readonly Half[] = [
    ...halves.filter((h) => factor(h) > 0),
    { form: minus(itself, corners.lo) },
  ];
  const above: readonly Half[] = [
    ...halves.filter((h) => factor(h) < 0),
    { form: minus(corners.hi, itself) },
  ];
  const pairs = below.flatMap((b) => above.map((a) => [b, a] as const));
  const joined = pairs.map(([b, a]): Linear => {
    const [p, n] = [factor(b), -factor(a)];
    const sum = plus(scale(b.form, n), a.form, p);
    const gap = (p - 1) * (n - 1);
    if (gap > 0 && !provablyAtLeast(sum, number(gap), facts))
      for (const { source } of [b, a]) if (source) blame.add(source);
    return sum;
  });
  return [...halves.filter((h) => factor(h) === 0).map((h) => h.form), ...joined];
};
