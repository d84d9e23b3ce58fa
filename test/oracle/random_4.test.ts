// A quarter of the random configurations of simulator against oracle; four files, so that they run side by side.

import { oracleTests } from "./suite.ts";

oracleTests(4);
