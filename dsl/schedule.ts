// What an author may decide about tiles, per architecture. Capture holds the names to what exists.

export type Architecture = "sm_70" | "sm_75" | "sm_80" | "sm_86" | "sm_89" | "sm_90" | "sm_90a";

/** What an author may set; what is absent, the compiler chooses. */
export interface ScheduleOverride {
  /** Queries that a block owns, and keys in one loop step. Multiples of 16; on sm_90a queries of 64. */
  readonly tile?: { readonly q?: number; readonly kv?: number };
  /** That compute; on sm_90a four for each 64 queries. */
  readonly warps?: number;
  /** Tiles of K and of V in flight. */
  readonly stages?: number;
  /**
   * Parts that the keys of a row tile are shared out to (flash-decoding): blocks of their own, whose states a second kernel
   * merges. "auto": as many as fill the device. For few rows and many keys; a launch then takes a workspace.
   */
  readonly splitKv?: number | "auto";
}

/** Per architecture; `"*"` holds for every architecture that has no entry of its own for a field. */
export type Schedule = { readonly [A in Architecture | "*"]?: ScheduleOverride };
