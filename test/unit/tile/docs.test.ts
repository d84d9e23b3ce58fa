// docs/tile-ir.md is current: `npm run docs` writes it anew.

import { format } from "prettier";
import { expect, test } from "vitest";
import { tileDocs } from "../../../codegen/tile/docs.ts";
import { ops } from "../../../codegen/tile/ops.ts";

test("tile-ir.md is current", async () => {
  const text = await format(tileDocs(), { parser: "markdown", printWidth: 100 });
  for (const op of Object.values(ops)) expect(text).toContain(op.meaning);
  await expect(text).toMatchFileSnapshot("../../../docs/tile-ir.md");
});
