// Everything a kernel file imports. Plain data and ordinary functions; no compiler. What kernels call is declared
// with its types written out, never inferred from a body: TypeScript reads them anew for each kernel file.

export {
  attention,
  type At,
  type Attention,
  type MaskMod,
  type RowAt,
  type ScoreMod,
  type SinkMod,
} from "./attention.ts";
export { dims, type Dim, type Extent } from "./dims.ts";
export { kernel, type Grid, type Kernel } from "./kernel.ts";
export { param, scalar } from "./launch.ts";
export type { Schedule, ScheduleOverride } from "./schedule.ts";
export {
  bf16,
  f16,
  f32,
  i32,
  type Axis,
  type DType,
  type Inputs,
  type Shape,
  type Tensor,
  type TensorType,
  type View,
} from "./tensor.ts";
export * as masks from "./masks.ts";
export * as math from "./math.ts";
export * as out from "./out.ts";
export * as scores from "./scores.ts";
export * as tile from "./tile.ts";
