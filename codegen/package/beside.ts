// Where the files of this folder lie that are no TypeScript and so are not compiled along.

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { unreachable } from "../base/diagnostic.ts";

/** Such a file or folder: beside this module, or in the tree that it was compiled from. */
export const beside = (name: string): string =>
  ["./", "../../../codegen/package/"]
    .map((folder) => fileURLToPath(new URL(folder + name, import.meta.url)))
    .find(existsSync) ?? unreachable(`${name} of codegen/package is missing`);
