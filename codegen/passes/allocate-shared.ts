// Gives shared tiles their bytes and swizzle, and refuses what the architecture cannot hold. Staging
// tiles of outputs are written when every other tile is dead: they begin at byte 0 and alias.

import { type Fragments, fragmentsOf, isUsual, type RowBits } from "../arch/fragments.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import type { BarrierDecl, Kernel, TileDecl } from "../tile/program.ts";
import { sizeOf, stageBytes } from "../tile/size.ts";
import type { Statement } from "../tile/statement.ts";
import { statementsOf } from "../tile/walk.ts";
import { editKernels } from "./edit.ts";
import type { Pass, Target } from "./target.ts";

const gcd = (a: number, b: number): number => (b === 0 ? a : gcd(b, a % b));

/** The largest swizzle that a row of `cols` 16-bit elements allows; with the right row bits it spares bank conflicts. */
export const swizzleOf = (cols: number): number => gcd(cols / 8, 8);

/** Which row bits the reads of a tile ask for, or what is put into it. */
const rowBitsOf = (
  tile: TileDecl,
  body: readonly Statement[],
  { swizzles }: Fragments,
): RowBits => {
  const right = body.find((s) => s.kind === "product" && s.b.tile === tile.name);
  if (body.some((s) => s.kind === "put" && s.to.tile === tile.name)) return swizzles.results;
  if (right?.kind !== "product") return swizzles.own;
  return right.form === "qk" ? swizzles.keys : swizzles.values;
};

const unlessUsual = (rowBits: RowBits): { readonly rowBits?: RowBits } =>
  isUsual(rowBits) ? {} : { rowBits };

interface Buffer {
  readonly tile: TileDecl;
  readonly bytes: number;
}

const bytesOf = (kernel: Kernel, tile: TileDecl): number =>
  tile.place.kind === "shared" ? tile.place.stages * stageBytes(kernel, tile) : 0;

/** Tiles that a `put` writes. */
const stagingTiles = (body: readonly Statement[]): ReadonlySet<string> =>
  new Set(body.flatMap((s) => (s.kind === "put" ? [s.to.tile] : [])));

/** Which loop alone uses the tile, counted from 1, if there are several; 0: all of them may. */
const loopOf = (kernel: Kernel, tile: TileDecl): number => {
  const uses = kernel.steps.map((step) =>
    statementsOf(step.body).some((s) => s.kind === "product" && s.b.tile === tile.name),
  );
  return kernel.steps.length > 1 && uses.filter((x) => x).length === 1 ? uses.indexOf(true) + 1 : 0;
};

const allocateKernel = (kernel: Kernel, target: Target): Kernel => {
  const staging = new Set(kernel.roles.flatMap((r) => [...stagingTiles(r.body)]));
  const buffers = kernel.tiles
    .filter((t) => t.place.kind === "shared")
    .map((tile): Buffer => ({ tile, bytes: bytesOf(kernel, tile) }));
  const body = [...kernel.steps, ...kernel.roles].flatMap((p) => statementsOf(p.body));
  const fragments = fragmentsOf[target.arch.mma];
  const offsets = new Map<string, number>();
  const ends: number[] = [];
  for (const { tile, bytes } of buffers) {
    const loop = loopOf(kernel, tile);
    // Loops follow each other: each begins where what all of them need ends.
    const end = ends[loop] ?? ends[0] ?? 0;
    offsets.set(tile.name, staging.has(tile.name) ? 0 : end);
    if (!staging.has(tile.name)) ends[loop] = end + bytes;
  }
  const end = Math.max(0, ...ends.filter((x) => x !== undefined));
  const size = Math.max(
    end,
    ...buffers.filter((b) => staging.has(b.tile.name)).map((b) => b.bytes),
    0,
  );
  let barrierEnd = size;
  const barriers = kernel.barriers.map((b): BarrierDecl => {
    const offset = barrierEnd;
    barrierEnd += b.stages * 8;
    return { ...b, offset };
  });
  if (barrierEnd > target.arch.sharedPerBlock) refuse(kernel, target, buffers, barrierEnd);
  return {
    ...kernel,
    barriers,
    tiles: kernel.tiles.map((tile) => {
      const offset = offsets.get(tile.name);
      if (tile.place.kind !== "shared" || offset === undefined) return tile;
      const { panel } = tile.place;
      const swizzle = swizzleOf(panel ?? sizeOf(kernel, tile).cols);
      const rowBits = unlessUsual(rowBitsOf(tile, body, fragments));
      return { ...tile, place: { ...tile.place, offset, swizzle, ...rowBits } };
    }),
  };
};

const refuse = (
  kernel: Kernel,
  { arch, plan }: Target,
  buffers: readonly Buffer[],
  total: number,
): never => {
  const list = buffers.map(({ tile, bytes }) => `${tile.name} ${bytes}`).join(", ");
  const perKey = buffers
    .filter(({ tile }) => tile.shape[0] === "kv")
    .reduce((sum, { tile, bytes }) => sum + bytes / sizeOf(kernel, tile).rows, 0);
  const spare = arch.sharedPerBlock - (total - perKey * plan.kv);
  const kv = Math.floor(spare / perKey / 16) * 16;
  const remedy =
    kv >= 16
      ? `with tile.q ${plan.q} and stages ${plan.stages} the largest tile.kv that fits is ${kv}`
      : `tile.q ${plan.q} alone leaves no room for keys; take fewer rows or stages`;
  return fail(
    codes.tileDoesNotFit(
      undefined,
      arch.name,
      `${list}, ${total} bytes in all`,
      arch.sharedPerBlock,
      remedy,
    ),
  );
};

export const allocateShared: Pass = (program, target) =>
  editKernels(program, (kernel) => allocateKernel(kernel, target));
