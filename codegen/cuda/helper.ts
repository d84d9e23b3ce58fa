// What a device helper of an emitted file is: its text, and the helpers that this text calls.

import type { Arch } from "../arch/arch.ts";

export interface Helper {
  readonly needs: readonly string[] | ((arch: Arch) => readonly string[]);
  /** A leading newline sets it apart from what stands before. Where instructions differ, the architecture decides. */
  readonly text: string | ((arch: Arch) => string);
}
