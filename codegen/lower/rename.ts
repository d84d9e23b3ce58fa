// A description under other names for its sizes, scalars and tensors.

import type { Description, Extent, Formula, TensorSpec } from "../spec/description.ts";
import { type Renaming, renameExpr } from "../tile/rename.ts";

export const renameDescription = (d: Description, to: Renaming): Description => {
  const name = (old: string): string => to.get(old) ?? old;
  const extent = (e: Extent): Extent => (typeof e === "number" ? e : e.map(name));
  const tensor = <T extends TensorSpec>(t: T): T => ({
    ...t,
    name: name(t.name),
    axes: t.axes.map((a) => ({ ...a, extent: extent(a.extent) })),
  });
  const formula = (f: Formula): Formula => ({ ...f, value: renameExpr(f.value, to) });
  return {
    ...d,
    dims: d.dims.map(name),
    scalars: d.scalars.map((s) => ({ ...s, name: name(s.name) })),
    inputs: d.inputs.map(tensor),
    outputs: d.outputs.map(tensor),
    scale: renameExpr(d.scale, to),
    ...(d.score && { score: formula(d.score) }),
    ...(d.mask && { mask: formula(d.mask) }),
  };
};
