// A description under other names for its sizes, scalars and tensors.

import type { BodySlice, BodyStatement } from "../spec/body.ts";
import type {
  AttentionDescription,
  Description,
  Extent,
  Formula,
  KernelDescription,
  TensorSpec,
} from "../spec/description.ts";
import type { Expr } from "../expr/expr.ts";
import { type Renaming, renameExpr } from "../tile/rename.ts";

export const renameDescription = (d: Description, to: Renaming): Description => {
  const names = new Names(to);
  return d.kind === "attention" ? names.attention(d) : names.kernel(d);
};

class Names {
  constructor(private readonly to: Renaming) {}

  attention(d: AttentionDescription): AttentionDescription {
    return {
      ...this.described(d),
      outputs: d.outputs.map((t) => this.tensor(t)),
      scale: this.expr(d.scale),
      ...(d.score && { score: this.formula(d.score) }),
      ...(d.mask && { mask: this.formula(d.mask) }),
      ...(d.sink && { sink: this.formula(d.sink) }),
    };
  }

  kernel(d: KernelDescription): KernelDescription {
    const { points, rows } = d.grid;
    return {
      ...this.described(d),
      grid: {
        points: points.map((p) => ({ ...p, extent: this.extent(p.extent) })),
        rows: this.extent(rows),
      },
      ...(d.columns !== undefined && { columns: this.extent(d.columns) }),
      ...(d.kvHeads !== undefined && { kvHeads: this.extent(d.kvHeads) }),
      body: d.body.map((s) => this.statement(s)),
    };
  }

  private described<D extends Description>(d: D): D {
    return {
      ...d,
      dims: d.dims.map((name) => this.name(name)),
      scalars: d.scalars.map((s) => ({ ...s, name: this.name(s.name) })),
      inputs: d.inputs.map((t) => this.tensor(t)),
      outputs: d.outputs.map((t) => this.tensor(t)),
    };
  }

  private name(old: string): string {
    return this.to.get(old) ?? old;
  }

  private extent(e: Extent): Extent {
    return typeof e === "number" ? e : e.map((name) => this.name(name));
  }

  private tensor<T extends TensorSpec>(t: T): T {
    const axes = t.axes.map((a) => ({ ...a, extent: this.extent(a.extent) }));
    return { ...t, name: this.name(t.name), axes };
  }

  private expr(e: Expr): Expr {
    return renameExpr(e, this.to);
  }

  private formula(f: Formula): Formula {
    return { ...f, value: this.expr(f.value) };
  }

  private slice({ tensor, index }: BodySlice): BodySlice {
    return {
      tensor: this.name(tensor),
      index: index.map((i) => (i === "tile" || i === "all" ? i : this.expr(i))),
    };
  }

  private statement(s: BodyStatement): BodyStatement {
    switch (s.kind) {
      case "load":
        return { ...s, from: this.slice(s.from) };
      case "store":
        return { ...s, to: this.slice(s.to) };
      case "map":
        return { ...s, value: this.expr(s.value) };
      case "columns":
        return {
          ...s,
          ...(s.mask && { mask: this.formula(s.mask) }),
          body: s.body.map((inner) => this.statement(inner)),
        };
      case "fill":
      case "qk":
      case "pv":
      case "reduce":
      case "online_softmax":
        return s;
    }
  }
}
