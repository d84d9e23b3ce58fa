// Names of scalars while a program runs. Knows no tiles.

import { unreachable } from "../base/diagnostic.ts";

export class Scope {
  readonly #values = new Map<string, number>();
  readonly #outer: Scope | undefined;

  constructor(outer?: Scope) {
    this.#outer = outer;
  }

  set(name: string, value: number): void {
    this.#values.set(name, value);
  }

  get(name: string): number {
    return (
      this.#values.get(name) ??
      this.#outer?.get(name) ??
      unreachable(`the running program has no scalar named ${name}`)
    );
  }
}
