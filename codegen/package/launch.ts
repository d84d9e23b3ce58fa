// The Python function that packs one kernel's arguments and launches it: unrolled over the tensors, since
// every call runs it. Which offset holds what the manifest says; checks are the runtime's.

import type { Field } from "../cuda/abi.ts";
import type { Manifest } from "../cuda/manifest.ts";

/** What the function names itself; numbered pieces too. */
const ownNames =
  /^(pack|launch|pieces|piece\d+|bound|inputs|outputs|scalars|workspace|stream)(?=_*$)/;

/** A tensor or scalar may be called anything that Python allows: it makes way, and stays distinct. */
const local = (name: string): string => (ownNames.test(name) ? `${name}_` : name);

/** The function `name`, from the C structure's pieces to a call's launch. */
export const launchText = (name: string, manifest: Manifest): string => {
  const brought = manifest.arguments.fields
    .flatMap((field) => broughtBy(field))
    .map((value, i) => `                piece${i}, ${value},\n`);
  const last = `piece${brought.length}`;
  const pieces = [...brought.map((_, i) => `piece${i}`), last];
  const unpacked = (["inputs", "outputs", "scalars"] as const)
    .filter((kind) => manifest[kind].length > 0)
    .map((kind) => `        ${targets(manifest[kind].map((x) => local(x.name)))} = ${kind}\n`);
  return `def ${name}(pack, launch, pieces):
    """Of the C structure, the pieces that shapes determine; a call brings what lies between."""
    ${targets(pieces)} = pieces

    def bound(inputs, outputs, scalars, workspace, stream):
${unpacked.join("")}        return launch(
            pack(
${brought.join("")}                ${last},
            ),
            stream,
        )

    return bound
`;
};

/** A single target too is unpacked from a tuple. */
const targets = (names: readonly string[]): string =>
  names.length === 1 ? `(${names[0]},)` : names.join(", ");

/** Shapes and strides determine all other fields. */
const broughtBy = ({ role }: Field): readonly string[] => {
  switch (role.kind) {
    case "pointer":
      return [`${local(role.tensor)}.data_ptr()`];
    case "scalar":
      return [local(role.scalar)];
    case "workspace":
      return ["workspace"];
    case "size":
    case "dim":
    case "stride":
    case "workspace_bytes":
      return [];
  }
};
