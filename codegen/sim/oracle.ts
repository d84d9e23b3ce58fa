// What a kernel's outputs should be, by its description alone: attention row by row, a body tile by tile with tiles as
// large as their axes.

import type { Description } from "../spec/description.ts";
import type { NdArray } from "./ndarray.ts";
import { type Reference, reference } from "./reference.ts";
import { bodyReference } from "./reference-body.ts";

export const oracle = (
  description: Description,
  sizes: Readonly<Record<string, number>>,
  inputs: Readonly<Record<string, NdArray>>,
  scalars: Readonly<Record<string, number>>,
): Reference =>
  description.kind === "attention"
    ? reference(description, sizes, inputs, scalars)
    : bodyReference(description, sizes, inputs, scalars);
