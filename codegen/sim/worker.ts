// A worker thread: runs its share of a kernel's blocks for each message, and answers how it went.

import { parentPort } from "node:worker_threads";
import { DiagnosticError } from "../base/diagnostic.ts";
import { runShare, type Share } from "./blocks.ts";
import type { Answer } from "./pool.ts";

const answerTo = (share: Share): Answer => {
  try {
    runShare(share);
    return { ok: true };
  } catch (error) {
    if (error instanceof DiagnosticError) return { ok: false, diagnostics: error.diagnostics };
    return {
      ok: false,
      bug: error instanceof Error ? (error.stack ?? error.message) : String(error),
    };
  }
};

parentPort?.on("message", (share: Share) => parentPort?.postMessage(answerTo(share)));
