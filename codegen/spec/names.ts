// Names that tile programs use themselves. An author's sizes, scalars and tensors must not take them:
// in a program, and in the CUDA printed from it, each name stands for one thing.

/** Tiles of attention; a body that an author writes may call its own so. */
const attentionTiles = "qs ks vs s p acc m l inverse lse_row".split(" ");

/** Row vectors of an expanded online softmax. */
const softmaxTiles = "t_max t_max_lane ceiling m_new shrink".split(" ");

/** Lowering and the passes declare no name outside this list; a test holds them to it. */
export const programNames: ReadonlySet<string> = new Set([
  // coordinates
  ..."b h hkv q0 kv0 t row col lane_col fixed_col block masked".split(" "),
  // the block's place in the grid
  ..."row_tiles heads section section_start width place turn head".split(" "),
  // visited key tiles; with several ranges an index is appended
  ..."lo full_lo full_hi hi top count visits partial_end full_end last_end".split(" "),
  // tiles that are classified one by one
  ..."start here next covered".split(" "),
  // tiles
  ...attentionTiles,
  ...softmaxTiles,
  ..."qr l_row last_col first_col base score_scale score_factor".split(" "),
  // tiles on their way to shared memory
  ..."qs_first ks_first ks_chunks vs_chunks".split(" "),
  // steps and roles
  ..."step all".split(" "),
]);

/** Can a tile of a body not go by that name? */
export const isTakenFromTiles = (name: string, hasSoftmax: boolean): boolean =>
  isProgramName(name) &&
  !attentionTiles.includes(name) &&
  (hasSoftmax || !softmaxTiles.includes(name));

/** Is the name, with or without a numeric suffix, one of the program's own? */
export const isProgramName = (name: string): boolean => programNames.has(name.replace(/_\d+$/, ""));
