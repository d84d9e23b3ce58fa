// The products that the warps of one run have issued, and the register tiles that belong to them until they are
// awaited by name. What they read of shared memory is told in shared.ts.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { show, showWithPlace, type Site, spanOf } from "./site.ts";
import type { RegisterTile } from "./tiles.ts";

interface Issued {
  readonly site: Site;
  readonly tiles: readonly RegisterTile[];
}

export class MatrixUnit {
  /** In flight, in the order of their issue. */
  private issued: readonly Issued[] = [];
  /** Those in flight, and those of ended products that no await has named. */
  private readonly held = new Map<RegisterTile, Site>();

  issue(site: Site, tiles: readonly RegisterTile[]): void {
    this.issued = [...this.issued, { site, tiles }];
    for (const tile of tiles) {
      tile.heldBy = site;
      this.held.set(tile, site);
    }
  }

  await(pending: number, ready: readonly RegisterTile[], site: Site): void {
    this.issued = pending === 0 ? [] : this.issued.slice(-pending);
    for (const tile of ready) {
      const later = this.issued.find(({ tiles }) => tiles.includes(tile));
      const { name } = tile.shape;
      if (later !== undefined)
        fail(codes.awaitsTooFew(spanOf(site), show(site), name, showWithPlace(later.site)));
      tile.heldBy = undefined;
      this.held.delete(tile);
    }
  }

  /** Tiles that end here, as those of a step or a role do, must have come back. */
  checkReturned(what: string, isOver: (tile: RegisterTile) => boolean): void {
    for (const [tile, by] of this.held)
      if (isOver(tile)) fail(codes.heldAtEnd(spanOf(by), what, tile.shape.name, show(by)));
  }
}
