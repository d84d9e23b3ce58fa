// The tile that a function of tile is given.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { Span } from "../base/span.ts";
import type { BodyTile } from "../spec/body.ts";
import { type Argument, describeValue } from "./value.ts";

export const tileOf = (argument: Argument | undefined, span: Span, of: string): BodyTile =>
  typeof argument?.value === "object" && argument.value.kind === "tile"
    ? argument.value.tile
    : fail(codes.wrongTile(argument?.span ?? span, of, describeValue(argument?.value), "a tile"));
