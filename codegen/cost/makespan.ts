// When the last block ends, if blocks are handed out in order, each to the multiprocessor that has room first. Knows
// blocks only by how long they take beside how many others.

export interface Machine {
  readonly sms: number;
  readonly blocksPerSM: number;
}

/** Of a block while so many share its SM, itself included. */
export type Clocks<Block> = (block: Block, residents: number) => number;

/** Clocks from the first start to the last end. */
export const makespan = <Block>(
  blocks: readonly Block[],
  { sms, blocksPerSM }: Machine,
  clocks: Clocks<Block>,
): number => {
  const all = Array.from({ length: sms }, () => new Multiprocessor(clocks));
  let next = 0;
  const fill = (sm: Multiprocessor<Block>, room: number): void => {
    while (next < blocks.length && sm.residents < room) sm.start(blocks[next++]!);
  };
  for (let room = 1; room <= blocksPerSM; room++) for (const sm of all) fill(sm, room);
  for (;;) {
    const first = all.reduce((a, b) => (b.nextEnd < a.nextEnd ? b : a));
    if (first.residents === 0) return Math.max(...all.map((sm) => sm.now));
    first.advance();
    fill(first, blocksPerSM);
  }
};

/** Its blocks share it evenly: each runs at the pace that the number of residents sets. */
class Multiprocessor<Block> {
  now = 0;
  nextEnd = Infinity;
  /** `left`: what is not done of a block, 1 at its start. */
  #blocks: { readonly block: Block; readonly left: number }[] = [];
  readonly #clocks: Clocks<Block>;

  constructor(clocks: Clocks<Block>) {
    this.#clocks = clocks;
  }

  get residents(): number {
    return this.#blocks.length;
  }

  /** Now, which is the beginning or when one of its blocks has ended. */
  start(block: Block): void {
    this.#blocks.push({ block, left: 1 });
    this.#plan();
  }

  /** To the next end of a block. */
  advance(): void {
    const passed = this.nextEnd - this.now;
    const residents = this.residents;
    this.#blocks = this.#blocks
      .map(({ block, left }) => ({ block, left: left - passed / this.#clocks(block, residents) }))
      .filter(({ left }) => left > 1e-9);
    this.now = this.nextEnd;
    this.#plan();
  }

  #plan(): void {
    const rests = this.#blocks.map((b) => b.left * this.#clocks(b.block, this.residents));
    this.nextEnd = this.now + Math.min(Infinity, ...rests);
  }
}
