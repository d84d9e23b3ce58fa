// The helpers of an emitted script, each a few lines of Python; a script holds those that it uses.

import { type Accumulator, laneOfColumn } from "../arch/fragments.ts";

interface Helper {
  /** Where lanes have a part in it, the accumulator's layout decides. */
  readonly text: string | ((layout: Accumulator) => string);
  readonly needs?: readonly string[];
}

export const helpers = {
  to_f16: {
    text: `
def to_f16(x):
    """The nearest f16 values, ties to even, held as f32."""
    return np.asarray(x, f32).astype(np.float16).astype(f32)`,
  },
  to_bf16: {
    text: `
def to_bf16(x):
    """The nearest bf16 values, ties to even, held as f32: the upper half of the bits, rounded."""
    x = np.array(x, f32)
    bits = x.view(np.uint32)
    rounded = (bits + (((bits >> 16) & 1) + 0x7FFF)) & 0xFFFF0000
    return np.where(np.isnan(x), x, rounded.astype(np.uint32).view(f32))`,
  },
  to_i32: {
    text: `
def to_i32(x):
    """Truncates and saturates; NaN becomes 0."""
    whole = np.trunc(np.asarray(x, np.float64))
    return np.nan_to_num(np.clip(whole, -(2**31), 2**31 - 1)).astype(np.int32)`,
  },
  row: {
    text: `
@functools.lru_cache(None)
def row(n):
    """Row numbers as a column, [n, 1]."""
    return np.arange(n, dtype=np.int32)[:, None]`,
  },
  col: {
    text: `
@functools.lru_cache(None)
def col(n):
    """Column numbers as a row, [1, n]."""
    return np.arange(n, dtype=np.int32)[None, :]`,
  },
  lane_col: {
    text: ({ laneColumns }) => `
@functools.lru_cache(None)
def lane_col(n):
    """The part of a column's number that depends on the lane that holds it."""
    return col(n) & ${laneColumns}`,
    needs: ["col"],
  },
  fixed_col: {
    text: ({ laneColumns }) => `
@functools.lru_cache(None)
def fixed_col(n):
    """The part of a column's number that is the same for all lanes."""
    return col(n) & ~${laneColumns}`,
    needs: ["col"],
  },
  lane_start: {
    text: ({ laneBits: [low, high] }) => `
def lane_start():
    """The first column of each of the four lanes that share a row, [1, 4]."""
    return np.array([[0, ${low}, ${high}, ${low + high}]], np.int32)`,
  },
  weighted: {
    text: `
def weighted(p, v):
    """p @ v, but a weight of zero adds nothing even where v is infinite or NaN."""
    finite = np.isfinite(v)
    if finite.all():
        return p @ v
    sums = p @ np.where(finite, v, f32(0))
    for key, column in zip(*np.nonzero(~finite)):
        sums[:, column] += np.where(p[:, key] == 0, f32(0), p[:, key] * v[key, column])
    return sums`,
  },
  strangers: {
    text: `
def strangers(p, v):
    """What infinities and NaNs of v add to p @ v: each once to every row whose weight for it is not zero."""
    sums = np.zeros((len(p), v.shape[1]), f32)
    for key, column in zip(*np.nonzero(~np.isfinite(v))):
        sums[:, column] += np.where(p[:, key] == 0, f32(0), v[key, column])
    return sums`,
  },
  finite: {
    text: `
def finite(v):
    """v with zeros for its infinities and NaNs."""
    return np.where(np.isfinite(v), v, f32(0))`,
  },
  take_turns: {
    text: `
def take_turns(*roles):
    """Runs the roles of a block in turns: each goes on until it must wait for another."""
    while roles:
        roles = [role for role in roles if next(role, roles) is not roles]`,
  },
  pad: {
    text: `
def pad(box, *shape):
    """The box of a tensor, with zeros where the tile reaches beyond it."""
    if box.shape == shape:
        return box
    tile = np.zeros(shape, box.dtype)
    tile[tuple(slice(n) for n in box.shape)] = box
    return tile`,
  },
  span: {
    text: `
def span(origin, n):
    return slice(origin, origin + n)`,
  },
  store: {
    text: `
def store(box, tile):
    """Writes the part of a tile that lies inside the tensor's extents."""
    box[...] = tile[tuple(slice(n) for n in box.shape)]`,
  },
  element: {
    text: `
def element(tensor, *index):
    """Elements of a tensor; where the index is outside, something that is not used."""
    if 0 in tensor.shape:
        return tensor.dtype.type(0)
    return tensor[tuple(np.clip(i, 0, n - 1) for i, n in zip(index, tensor.shape))]`,
  },
  spread: {
    text: (layout) => `
def spread(lanes, cols):
    """[rows, 4] to [rows, cols]: each column gets the value of the lane that holds it."""
    c = col(cols)[0]
    return lanes[:, ${laneOfColumn(layout, "c")}]`,
    needs: ["col"],
  },
  by_lane: {
    text: ({ kind }) =>
      ({
        m16n8: `
def by_lane(tile):
    """[rows, cols] to [rows, cols / 16, 2, 4, 2]: of every 16 columns, the two pairs of each of four lanes."""
    return tile.reshape(len(tile), -1, 2, 4, 2)`,
        m8n8k4: `
def by_lane(tile):
    """[rows, cols] to [rows, cols / 16, 2, 4, 2]: of every 16 columns, the two pairs of each of four lanes."""
    bits = tile.reshape(len(tile), -1, 2, 2, 2, 2)  # of the column, highest first; the lane has those of 8 and 2
    return bits.swapaxes(2, 3).reshape(len(tile), -1, 2, 4, 2)`,
      })[kind],
  },
  lane_sums: {
    text: `
def lane_sums(tile):
    """[rows, cols] to [rows, 4]: each lane adds its four of every 16 columns as (x0 + x1) + (x2 + x3)."""
    x = by_lane(tile)
    return ((x[:, :, 0, :, 0] + x[:, :, 0, :, 1]) + (x[:, :, 1, :, 0] + x[:, :, 1, :, 1])).sum(axis=1)`,
    needs: ["by_lane"],
  },
  lane_maxima: {
    text: `
def lane_maxima(tile):
    """[rows, cols] to [rows, 4]: the largest of each lane's columns."""
    return np.fmax.reduce(by_lane(tile), axis=(1, 2, 4))`,
    needs: ["by_lane"],
  },
  row_max: {
    text: `
def row_max(tile):
    """[rows, ...] to [rows, 1]; a NaN gives way to a number, as in fmaxf."""
    return np.fmax.reduce(tile, axis=1, keepdims=True, initial=-np.inf)`,
  },
  row_sum: {
    text: `
def row_sum(tile):
    """[rows, cols] to [rows, 1]."""
    return tile.sum(axis=1, keepdims=True)`,
  },
  join_lanes: {
    text: `
def join_lanes(lanes):
    """[rows, 4] to [rows, 1]."""
    return (lanes[:, 0:1] + lanes[:, 1:2]) + (lanes[:, 2:3] + lanes[:, 3:4])`,
  },
  warp_any: {
    text: `
def warp_any(condition, rows_per_warp):
    """[rows, 1]: the rows of those warps of which any row has the condition."""
    warps = condition.reshape(-1, rows_per_warp * condition.shape[1]).any(axis=1)
    return np.repeat(warps, rows_per_warp)[:, None]`,
  },
  rem: {
    text: `
def rem(a, b):
    """The remainder with the dividend's sign."""
    return a - b * (abs(a) // abs(b)) * (1 if (a < 0) == (b < 0) else -1)`,
  },
  shl: {
    text: `
def shl(a, n):
    """Shifted left as 32 bits; of the count, the last five bits."""
    bits = np.left_shift(np.asarray(a, np.int64), np.bitwise_and(n, 31))
    return (np.bitwise_and(bits + 2**31, 2**32 - 1) - 2**31)[()]`,
  },
  shr: {
    text: `
def shr(a, n):
    """Shifted right with its sign; of the count, the last five bits."""
    return np.right_shift(a, np.bitwise_and(n, 31))`,
  },
  floor_pow2: {
    text: `
def floor_pow2(x):
    """The largest power of two that is at most max(x, 1)."""
    return 2 ** (np.frexp(np.maximum(x, 1))[1] - 1)`,
  },
  round_half_up: {
    text: `
def round_half_up(x):
    """The nearest whole number, halves upwards."""
    whole = np.floor(x)
    return np.copysign(whole + (x - whole >= 0.5), x)`,
  },
  part_of: {
    text: `
def part_of(items, part, parts):
    """Neighbours, as many in each part but for one more in the first ones."""
    each, more = divmod(len(items), parts)
    return items[part * each + min(part, more) : (part + 1) * each + min(part + 1, more)]`,
  },
} as const satisfies Readonly<Record<string, Helper>>;

export type HelperName = keyof typeof helpers;

export const isHelper = (name: string): name is HelperName => name in helpers;

/** The text of the used helpers and of what they need, in the order above. */
export const prelude = (used: ReadonlySet<string>, layout: Accumulator): readonly string[] => {
  const all = new Set(used);
  for (const name of used)
    if (isHelper(name)) for (const need of (helpers[name] as Helper).needs ?? []) all.add(need);
  const textOf = ({ text }: Helper): string => (typeof text === "string" ? text : text(layout));
  return Object.entries(helpers).flatMap(([name, helper]) =>
    all.has(name) ? [textOf(helper).slice(1)] : [],
  );
};
