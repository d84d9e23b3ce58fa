// Distributes the blocks of a kernel over threads. Compiled code runs them in worker threads, which stay for
// the next run; TypeScript sources, as under vitest, cannot be loaded by a worker and run in this thread.

import { Worker } from "node:worker_threads";
import { type Diagnostic, DiagnosticError } from "../base/diagnostic.ts";
import { runShare, type Share } from "./blocks.ts";
import type { ProgramData } from "./launch.ts";

/** What a worker answers when its share is done. */
export type Answer =
  | { readonly ok: true }
  | { readonly ok: false; readonly diagnostics: readonly Diagnostic[] }
  | { readonly ok: false; readonly bug: string };

const compiled = import.meta.url.endsWith(".js");
const pool: Worker[] = [];

export const runBlocks = async (
  data: ProgramData,
  kernel: number,
  blocks: Share["blocks"],
  workers: number,
): Promise<void> => {
  const share: Share = { data, kernel, blocks, taken: new SharedArrayBuffer(4) };
  const count = typeof blocks === "number" ? blocks : blocks.length;
  if (!compiled || workers < 2 || count < 2) return runShare(share);
  const answers = await Promise.all(takeWorkers(Math.min(workers, count)).map(ask(share)));
  for (const answer of answers) {
    if (answer.ok) continue;
    if ("bug" in answer) throw new Error(answer.bug);
    throw new DiagnosticError(answer.diagnostics);
  }
};

/** Idle workers do not keep the process alive; a busy one does. */
const takeWorkers = (count: number): readonly Worker[] => {
  const taken = pool.splice(0, count);
  while (taken.length < count) taken.push(new Worker(new URL("./worker.js", import.meta.url)));
  return taken;
};

const ask =
  (share: Share) =>
  async (worker: Worker): Promise<Answer> => {
    worker.ref();
    const answer = await new Promise<Answer>((resolve, reject) => {
      worker.once("error", reject);
      worker.once("message", (message: Answer) => {
        worker.off("error", reject);
        resolve(message);
      });
      worker.postMessage(share);
    });
    worker.unref();
    pool.push(worker);
    return answer;
  };
