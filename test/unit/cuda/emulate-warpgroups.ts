// What the emulator says in the place of the helpers of warpgroups and of bulk copies that hold PTX.

import { archs } from "../../../codegen/arch/archs.ts";
import { helpersOf, textOf } from "../../../codegen/cuda/helpers.ts";

const arch = archs.sm_90a;
const helpers = helpersOf(arch);

/** A helper with something else for its one asm statement. */
const instead = (name: string, says: string): readonly [string, string] => {
  const text = textOf(helpers.get(name)!, arch);
  const without = text.replace(/asm(?: volatile)?\((?:"(?:[^"\\]|\\.)*"|[^"])*?\);/, () => says);
  if (without === text) throw new Error(`${name} holds no asm`);
  return [name, without];
};

const coordinates = ["column", "row", "x", "y", "z"];
const copies = [2, 3, 4, 5].map((rank) =>
  instead(
    `bulk_copy_${rank}d`,
    `emulate_bulk_copy(to.address + column / 64 * S::panel, &from, barrier, {${coordinates.slice(0, rank).join(", ")}});`,
  ),
);

const products = [...helpers.keys()].flatMap((name) => {
  const [, form, type, columns] = /^start_(qk|pv)_(f16|bf16)_(\d+)$/.exec(name) ?? [];
  if (form === undefined) return [];
  const a = form === "qk" ? "a, nullptr" : "0, a";
  const sums = `{(u32*)&c[0][0], ${Number(columns) / 2}}`;
  return [instead(name, `emulate_start({${sums}, ${a}, b, add, value_of_${type}});`)];
});

const tie = `DEVICE void tie`;
export const emulatedWarpgroups: Readonly<Record<string, string>> = {
  ...Object.fromEntries([...copies, ...products]),
  ...Object.fromEntries([
    instead("Panels", "d = (u64)(1 << 30 | 1024 / 16) << 32 | low;"),
    instead("arrive_expecting", "emulate_arrive_expecting(barrier, bytes);"),
    instead("publish_barriers", "emulate_publish();"),
    instead("order_copies", "emulate_order_copies();"),
    instead("order_registers", "emulate_order_registers();"),
    instead("close_products", "emulate_close_products();"),
    instead("await_products", "emulate_await_products(kPending);"),
    instead("any_thread", "any = emulate_bar_sync(15, kThreads, mine);"),
    instead("shuffle_xor_u32", "y = (u32)emulate_shuffle_xor(x, mask);"),
    instead("store_if", "if (inside) memcpy(to, x, 16);"),
  ]),
  take_turn: `DEVICE void take_turn() { emulate_bar_sync(1 + threadIdx.x / 128, 256); }
template <int kGroups> DEVICE void pass_turn() {
  emulate_bar_arrive(1 + (threadIdx.x / 128 + 1) % kGroups, 256);
}`,
  set_registers: `template <int kRegisters> DEVICE void more_registers() {}
template <int kRegisters> DEVICE void fewer_registers() {}`,
  tie_accumulator: `template <int kRows, int kColumns> ${tie}(Accumulator<kRows, kColumns>& x) { emulate_tie(&x.x, sizeof x.x); }`,
  tie_operand: `template <class T, int kRows, int kColumns> ${tie}(Operand<T, kRows, kColumns>& x) { emulate_tie(&x.x, sizeof x.x); }`,
};
