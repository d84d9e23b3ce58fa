// Shared memory has 32 banks of 4 bytes: lanes that ask one bank for different words wait for each other. Counts
// that for one access of a warp; knows addresses only.

const BANKS = 32;
const BANK_BYTES = 4;
/** What all banks deliver at a time. */
export const TRANSACTION_BYTES = BANKS * BANK_BYTES;

export interface Traffic {
  /** How often the banks were asked. */
  readonly transactions: number;
  /** How often they would have been without conflicts. */
  readonly ideal: number;
}

export const noTraffic: Traffic = { transactions: 0, ideal: 0 };

export const addTraffic = (a: Traffic, b: Traffic): Traffic => ({
  transactions: a.transactions + b.transactions,
  ideal: a.ideal + b.ideal,
});

export const timesTraffic = ({ transactions, ideal }: Traffic, times: number): Traffic => ({
  transactions: transactions * times,
  ideal: ideal * times,
});

/**
 * One address per lane, or none where the lane takes no part, `bytes` from each. As many lanes go together as ask for
 * 128 bytes: 32 lanes of 4, half warps of 8, quarter warps of 16. ldmatrix is the last: eight rows at a time. Lanes that
 * ask for the same word share it.
 */
export const trafficOf = (
  addresses: readonly (number | undefined)[],
  bytes: 4 | 8 | 16,
): Traffic => {
  const together = TRANSACTION_BYTES / bytes;
  let [transactions, ideal] = [0, 0];
  for (let first = 0; first < addresses.length; first += together) {
    const words = banksOf(addresses.slice(first, first + together), bytes);
    transactions += Math.max(...words.map((w) => w.length));
    ideal += Math.ceil(words.reduce((n, w) => n + w.length, 0) / BANKS);
  }
  return { transactions, ideal };
};

/** The words that each bank is asked for. */
const banksOf = (
  addresses: readonly (number | undefined)[],
  bytes: number,
): readonly (readonly number[])[] => {
  const banks: number[][] = Array.from({ length: BANKS }, () => []);
  for (const address of addresses)
    if (address !== undefined)
      for (let at = address; at < address + bytes; at += BANK_BYTES) {
        const words = banks[(at / BANK_BYTES) % BANKS]!;
        if (!words.includes(at)) words.push(at);
      }
  return banks;
};
