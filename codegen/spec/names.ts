// Names that tile programs use themselves. Where an author's size, scalar or tensor has one, the program's own
// steps aside (tile/step-aside.ts): in a program, and in the CUDA printed from it, each name stands for one thing.

/** Variables of expressions per element, and the block's number: statement.ts says where each exists. */
export const coordinates = ["row", "col", "lane_col", "fixed_col", "block"] as const;

/** Lowering and the passes declare no name outside this list; a test holds them to it. */
export const programNames: ReadonlySet<string> = new Set([
  // coordinates
  ...coordinates,
  ..."b h hkv q0 kv0 t masked".split(" "),
  // the block's place in the grid
  ..."row_tiles heads section section_start width place turn head".split(" "),
  // visited key tiles; with several ranges an index is appended
  ..."lo full_lo full_hi hi top count visits partial_end full_end last_end".split(" "),
  // tiles that are classified one by one
  ..."start here next covered".split(" "),
  // tiles
  ..."qs qr ks vs s p acc m l l_row inverse lse_row t_max t_max_lane ceiling m_new shrink last_col first_col base score_scale score_factor".split(
    " ",
  ),
  // tiles on their way to shared memory
  ..."qs_first ks_first ks_chunks vs_chunks".split(" "),
  // steps and roles
  ..."step all".split(" "),
]);

/** Is the name, with or without a numeric suffix, one of the program's own? */
export const isProgramName = (name: string): boolean => programNames.has(name.replace(/_\d+$/, ""));
