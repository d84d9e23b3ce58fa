// The declarations of a program and of its kernels: names, extents, formulas, and what each level has.

import { codes } from "../base/codes.ts";
import type { Span } from "../base/span.ts";
import type { Grid, Kernel, Step, TensorDecl, TileDecl } from "./program.ts";
import { formulaVariables, multiprocessors } from "./scope.ts";
import { type Check, Visible } from "./verify-check.ts";
import { checkExpr, uniform } from "./verify-expression.ts";
import { checkWarps } from "./verify-roles.ts";

/** Checks what stands above the kernels; the names that all of them see. */
export const checkProgram = (check: Check): Visible => {
  const { name, dims, scalars, inputs, outputs, workspace, kernels } = check.program;
  check.name(name, undefined);
  const names = new Visible();
  const formula = new Visible();
  const scalar = (name: string, type: "i32" | "i64" | "f32" | "bool", what: string): void => {
    names.declare(check, name, { kind: "scalar", type, what }, undefined);
    formula.bind(name, { kind: "scalar", type, what });
  };
  for (const dim of dims) scalar(dim, "i32", "a dim");
  for (const s of scalars) scalar(s.name, s.type, "a scalar");
  for (const [name, type] of Object.entries(formulaVariables))
    formula.bind(name, { kind: "scalar", type, what: "a coordinate" });
  const device = new Visible(names);
  device.bind(multiprocessors, { kind: "scalar", type: "i32", what: "the device's" });
  for (const h of check.program.host) {
    check.note(h.note, h.span);
    checkExpr(check, h.value, device, uniform(`host ${h.name}`, false), [h.type], h.span);
    names.declare(check, h.name, { kind: "scalar", type: h.type, what: "a host value" }, h.span);
  }
  const tensors: readonly TensorDecl[] = [...inputs, ...outputs, ...workspace];
  for (const tensor of tensors) {
    names.declare(check, tensor.name, { kind: "tensor" }, tensor.span);
    for (const { axis, extent } of tensor.axes)
      checkExpr(
        check,
        extent,
        names,
        uniform(`the extent of ${axis}`, false),
        ["i32"],
        tensor.span,
      );
  }
  for (const f of check.program.formulas) {
    const type = f.name === "mask" ? "bool" : "f32";
    checkExpr(check, f.value, formula, uniform(f.name, false), [type], f.span);
  }
  checkOnce(check, "a kernel", kernels);
  return names;
};

interface Named {
  readonly name: string;
  readonly span?: Span;
}

const checkOnce = (check: Check, what: string, all: readonly Named[]): void => {
  for (const [i, { name, span }] of all.entries()) {
    check.name(name, span);
    if (all.findIndex((other) => other.name === name) < i)
      check.report(codes.declaredTwice(span, name, what));
  }
};

/** Checks what a kernel declares; the names that its bodies see. */
export const checkKernel = (check: Check, kernel: Kernel, program: Visible): Visible => {
  const names = new Visible(program);
  for (const h of kernel.host) {
    check.note(h.note, h.span);
    checkExpr(check, h.value, names, uniform(`host ${h.name}`, false), [h.type], h.span);
    names.declare(check, h.name, { kind: "scalar", type: h.type, what: "a host value" }, h.span);
  }
  checkGrid(check, kernel, kernel.grid, names);
  for (const { name, extent, span } of kernel.axes)
    checkExpr(check, extent, names, uniform(`the extent of ${name}`, false), ["i32"], span);
  for (const tile of kernel.tiles) checkTile(check, kernel, tile, names);
  for (const { note, span } of kernel.barriers) check.note(note, span);
  checkOnce(check, "an axis", kernel.axes);
  checkOnce(check, "an mbarrier", kernel.barriers);
  checkOnce(check, "a step", kernel.steps);
  checkOnce(check, "a role", kernel.roles);
  checkLevel(check, kernel);
  for (const step of kernel.steps) checkStep(check, step);
  checkWarps(check, kernel);
  return names;
};

const checkGrid = (check: Check, kernel: Kernel, grid: Grid, names: Visible): void => {
  if (grid.kind === "blocks") {
    const context = uniform("the number of blocks", false);
    return checkExpr(check, grid.count, names, context, ["i32", "i64"], kernel.span);
  }
  const declare = (name: string): void =>
    names.declare(check, name, { kind: "scalar", type: "i32", what: "a coordinate" }, kernel.span);
  for (const { name, extent } of grid.points) {
    checkExpr(check, extent, names, uniform(`the extent of ${name}`, false), ["i32"], kernel.span);
    declare(name);
  }
  for (const { axis, origin } of [grid.rows, ...(grid.columns ? [grid.columns] : [])]) {
    if (!kernel.axes.some((a) => a.name === axis))
      check.report(axisUnknown(kernel, axis, kernel.span));
    declare(origin);
  }
};

export const axisUnknown = (kernel: Kernel, axis: string, span: Span | undefined) =>
  codes.unknownName(
    span,
    "axis",
    axis,
    kernel.axes.map((a) => a.name),
  );

/** A tile of a kernel or step: its name, axes and note. */
export const checkTile = (check: Check, kernel: Kernel, tile: TileDecl, names: Visible): void => {
  check.note(tile.note, tile.span);
  names.declare(check, tile.name, { kind: "tile", tile }, tile.span);
  for (const extent of tile.shape) {
    if (typeof extent === "string" && !kernel.axes.some((a) => a.name === extent))
      check.report(axisUnknown(kernel, extent, tile.span));
    if (typeof extent === "number" && (!Number.isInteger(extent) || extent < 1))
      check.report(
        codes.badSize(tile.span, `a side of ${tile.name}`, extent, "a whole number above 0"),
      );
  }
  if (tile.shape.length < 1 || tile.shape.length > 2)
    check.report(codes.badSize(tile.span, `the rank of ${tile.name}`, tile.shape.length, "1 or 2"));
  const { place, shape } = tile;
  const vector = place.kind === "registers" && ["rows", "lanes"].includes(place.layout);
  if (place.kind !== "value" && (shape.length === 1) !== vector)
    check.report(
      codes.shapesDiffer(
        tile.span,
        "rows and lanes hold row vectors, everything else tiles of rows and columns",
        `${tile.name}[${shape.join(", ")}]`,
      ),
    );
  const wrong =
    check.mode === "tile"
      ? place.kind !== "value"
      : check.mode === "scheduled" && place.kind === "value";
  if (wrong) check.report(codes.wrongLevel(tile.span, `a ${place.kind} tile`, check.level()));
};

const checkLevel = (check: Check, kernel: Kernel): void => {
  const misplaced = (what: string): void =>
    check.report(codes.wrongLevel(kernel.span, what, check.level()));
  if (check.mode === "tile") {
    if (kernel.grid.kind === "blocks") misplaced("a grid of blocks");
    if (kernel.launch !== undefined) misplaced("a launch");
    if (kernel.barriers.length > 0) misplaced("an mbarrier");
  }
  if (check.mode === "scheduled") {
    if (kernel.grid.kind === "space") misplaced("a grid over a space");
    if (kernel.launch === undefined) misplaced("a kernel without a launch");
    for (const { name, size } of kernel.axes)
      if (size === undefined) misplaced(`axis ${name} without a size`);
  }
};

const checkStep = (check: Check, step: Step): void => {
  for (const tile of step.tiles)
    if (tile.place.kind === "shared")
      check.report(
        codes.wrongPlace(tile.span, tile.name, "shared", "in registers, as all tiles of a step"),
      );
};
