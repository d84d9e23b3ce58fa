// Every message a user can meet, in one catalogue of six sections.
//
// To add one: an entry in its section's file, and a test that provokes it (test/unit/diagnostics.test.ts fails on
// a code that no test names, and on a name or code that is there twice).

import { captureCodes } from "./codes/capture.ts";
import { descriptionCodes } from "./codes/description.ts";
import { planningCodes } from "./codes/planning.ts";
import { simulatorCodes } from "./codes/simulator.ts";
import { tileCodes } from "./codes/tile.ts";
import { toolsCodes } from "./codes/tools.ts";

export const codes = {
  ...descriptionCodes,
  ...captureCodes,
  ...planningCodes,
  ...tileCodes,
  ...simulatorCodes,
  ...toolsCodes,
} as const;
