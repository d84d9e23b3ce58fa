// How a kernel's tiles look in Python: their shapes and whether several stages of them exist.

import { unreachable } from "../base/diagnostic.ts";
import type { Kernel, TileDecl } from "../tile/program.ts";
import { tilesOf } from "../tile/walk.ts";
import { printScalar, type Place, type TileShape } from "./expression.ts";

export interface PythonTile extends TileShape {
  readonly decl: TileDecl;
  readonly stages: number;
}

const formOf = ({ shape, place }: TileDecl): TileShape["form"] => {
  if (shape.length > 1) return "matrix";
  return place.kind === "registers" && place.layout === "lanes" ? "lanes" : "rows";
};

/** The number of elements of an axis in a tile, as Python: the planned size, or the whole extent. */
export const axisSize = (kernel: Kernel, name: string, place: Place): string => {
  const axis = kernel.axes.find((a) => a.name === name) ?? unreachable("no axis", name);
  if (axis.size !== undefined) return String(axis.size);
  const extent = printScalar(axis.extent, place);
  return /^\w+$/.test(extent) ? extent : `(${extent})`;
};

export const pythonTiles = (kernel: Kernel, place: Place): ReadonlyMap<string, PythonTile> => {
  const size = (e: string | number): string =>
    typeof e === "number" ? String(e) : axisSize(kernel, e, place);
  return new Map(
    tilesOf(kernel).map((decl) => {
      const form = formOf(decl);
      const rows = size(decl.shape[0] ?? unreachable("a tile without axes", decl.name));
      const cols = form === "matrix" ? size(decl.shape[1]!) : form === "lanes" ? "4" : "1";
      const stages = decl.place.kind === "shared" ? decl.place.stages : 1;
      return [decl.name, { decl, form, rows, cols, stages }];
    }),
  );
};

/** `f32[q, 64], registers (accumulator)` */
export const describeTile = ({ dtype, shape, place, note }: TileDecl): string => {
  const home = {
    value: () => "",
    registers: () => `, registers (${place.kind === "registers" ? place.layout : ""})`,
    shared: () =>
      place.kind === "shared" && place.stages > 1 ? `, shared, ${place.stages} stages` : ", shared",
  }[place.kind]();
  return `${dtype}[${shape.join(", ")}]${home}${note === undefined ? "" : `: ${note}`}`;
};
