// The kernels that a command was pointed at. Knows no command.

import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { compileFile, type CompiledKernel, type CompileOptions } from "../compile.ts";
import { settings } from "./options.ts";

/** The flags that every command on files shares. */
export interface SourceFlags {
  readonly kernel?: string;
  readonly set: readonly string[];
}

export interface FromFile {
  readonly file: string;
  readonly kernel: CompiledKernel;
}

export const compileOptions = (flags: SourceFlags): CompileOptions => ({
  set: settings(flags.set),
  ...(flags.kernel !== undefined && { kernel: flags.kernel }),
});

/** All kernels of the files; refuses two whose files would collide, also where case does not count. */
export const kernelsOf = async (
  files: readonly string[],
  flags: SourceFlags,
): Promise<readonly FromFile[]> => {
  const options = compileOptions(flags);
  const seen = new Map<string, FromFile>();
  for (const file of files)
    for (const kernel of await compileFile(file, options)) {
      const key = kernel.name.toLowerCase();
      const first = seen.get(key);
      if (first)
        fail(codes.sameKernelTwice(kernel.description?.span, kernel.name, first.file, file));
      seen.set(key, { file, kernel });
    }
  return [...seen.values()];
};
