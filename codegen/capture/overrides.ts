// The author's schedule, checked for shape; whether an architecture can serve it is found by planning.

import { archNames } from "../arch/archs.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { ScheduleOverride } from "../spec/description.ts";
import { describeValue, type Field, type ObjectValue } from "./value.ts";

export const scheduleOf = (
  field: Field | undefined,
): Readonly<Record<string, ScheduleOverride>> => {
  if (field?.value === undefined) return {};
  const { fields } = object(field, "schedule", [...archNames, "*"]);
  return Object.fromEntries(
    [...fields]
      .filter(([, f]) => f.value !== undefined)
      .map(([arch, f]) => [arch, override(f, arch)]),
  );
};

const override = (field: Field, arch: string): ScheduleOverride => {
  const { fields } = object(field, arch, ["tile", "warps", "stages", "splitKv"]);
  const tile = fields.get("tile");
  const numbers = {
    ...number(fields, "warps"),
    ...number(fields, "stages"),
    ...(fields.get("splitKv")?.value === "auto"
      ? { splitKv: "auto" as const }
      : number(fields, "splitKv")),
  };
  if (tile?.value === undefined) return numbers;
  const sizes = object(tile, "tile", ["q", "kv"]).fields;
  return { tile: { ...number(sizes, "q"), ...number(sizes, "kv") }, ...numbers };
};

const object = (field: Field, name: string, known: readonly string[]): ObjectValue => {
  const { value, span } = field;
  if (typeof value !== "object" || value.kind !== "object")
    return fail(codes.badSchedule(span, name, describeValue(value), "an object"));
  for (const [key, { nameSpan }] of value.fields)
    if (!known.includes(key)) fail(codes.unknownField(nameSpan, name, key, known));
  return value;
};

const number = <N extends string>(
  fields: ReadonlyMap<string, Field>,
  name: N,
): { readonly [K in N]?: number } => {
  const field = fields.get(name);
  if (field?.value === undefined) return {};
  const { value, span } = field;
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > 4096)
    return fail(
      codes.badSchedule(span, name, describeValue(value), "a whole number from 1 to 4096"),
    );
  return { [name]: value } as { readonly [K in N]?: number };
};
