// What a device helper of an emitted file is: its text, and the helpers that this text calls.

export interface Helper {
  readonly needs: readonly string[];
  /** A leading newline sets it apart from what stands before. */
  readonly text: string;
}
