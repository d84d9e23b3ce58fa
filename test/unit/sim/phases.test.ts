// mbarriers handed between two roles, with one mistake each.

import { describe, expect, test } from "vitest";
import { copyOut, faultOf, type Parts } from "./fault.ts";

describe("mbarriers between two roles", () => {
  const tiles =
    "mbarrier full stages 1 at 2048 counts threads\nmbarrier free stages 1 at 2064 counts threads";
  const fill = "copy xs <- x[0 : q, :] guard true\narrive full[0] after copies";
  const roles = (producer: string, consumer: string, init = "init_barriers\n"): Parts => ({
    tiles,
    body: "",
    roles: `role producer warps 1 {\n${init}barrier\n${producer}\n}
      role consumer warps 2 {\nbarrier\n${consumer}\n}`,
  });
  const twice = (wait: string, parity = "div(t, 1) % 2"): Parts =>
    roles(
      `for t = 0 to 2 {\n${wait}\n${fill}\n}`,
      `for t = 0 to 2 {\nawait full[0] parity ${parity}\n${copyOut}\narrive free[0] after accesses\n}`,
    );

  test("handed over and back", async () => {
    expect(await faultOf(roles(fill, `await full[0] parity 0\n${copyOut}`))).toBe("no fault");
    expect(await faultOf(twice("await free[0] parity (t + 1) % 2"))).toBe("no fault");
  });

  test("A5007: nobody arrives, or the parity is wrong", async () => {
    expect(await faultOf(roles("", `await full[0] parity 0`))).toBe(
      "A5007 line 23: nobody can go on: role consumer at `await full[0] parity 0` waits for something that never happens",
    );
    expect(await faultOf(twice("await free[0] parity t % 2"))).toMatch(/^A5007 .*role producer at/);
  });

  test("A5002: before the first phase there was one of parity 1", async () => {
    expect(await faultOf(roles(fill, `await full[0] parity 1\n${copyOut}`))).toMatch(
      /^A5002 .*`get r <- xs` reads rows 0 to 15 of xs\[0\], which nothing has written/,
    );
  });

  test("A5008: not initialised, or not known to be", async () => {
    const use = `await full[0] parity 0\n${copyOut}`;
    expect(await faultOf(roles(fill, use, ""))).toMatch(/^A5008 .*full\[0\] before it is known/);
    const late = { tiles, body: "init_barriers\narrive full[0] after accesses" };
    expect(await faultOf(late)).toMatch(/^A5008/);
  });

  test("A5009: arriving twice before the others have once", async () => {
    const body =
      "init_barriers\nbarrier\narrive full[0] after accesses\narrive full[0] after accesses";
    expect(await faultOf({ tiles, body })).toMatch(/^A5009 .*may arrive at full\[0\] in a phase/);
  });

  test("A5009: a consumer that awaits the same parity twice runs ahead of the others", async () => {
    const stale = twice("await free[0] parity (t + 1) % 2", "0");
    expect(await faultOf(stale)).toMatch(/^A5009 .*`arrive free/);
  });

  test("A5010: a wait that could pass on an older phase", async () => {
    const phases = (count: number): Parts =>
      roles(
        `for t = 0 to ${count} {\narrive full[0] after accesses\nsync_warp\n}`,
        `await full[0] parity 0`,
      );
    expect(await faultOf(phases(1))).toMatch(/^A5014/);
    expect(await faultOf(phases(3))).toMatch(/^A5010 .*may pass on an older phase of full\[0\]/);
  });
});
