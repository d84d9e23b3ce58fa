// Runs an emitted .cu on a CPU: each thread of a block is a fiber, and the helpers that hold PTX are replaced
// by what the PTX manual says of the instruction. The launcher runs as well: emulator-runtime.hpp.
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <ucontext.h>
#include <vector>

#define __device__
#define __host__
#define __global__
#define __forceinline__ inline
#define __shared__
#define __align__(n) __attribute__((aligned(n)))
#define __launch_bounds__(...)
#define __grid_constant__

typedef unsigned int u32;
struct uint4 { u32 x, y, z, w; };
struct uint2 { u32 x, y; };
struct dim3 { unsigned x; dim3(unsigned x) : x(x) {} };

alignas(1024) char memory[1 << 18];

// The number of a call that a test leaves out, of those that it has numbered.
static int left_out = -1;
// The warp that runs only while no other can go on; all go in turn where it is none.
static int slow_warp = -1;

// ---- fibers -----------------------------------------------------------------------------------------------
struct Fiber {
  ucontext_t context;
  std::vector<char> stack;
  bool done;
  int at_barrier;
};
struct Index { unsigned x; } threadIdx, blockIdx;
static std::vector<Fiber> fibers;
static ucontext_t scheduler;
static int threads, barrier_count, barrier_round;
static void (*body)(const void*);
static const void* body_params;

static void yield() {
  const unsigned me = threadIdx.x;
  swapcontext(&fibers[me].context, &scheduler);
  threadIdx.x = me;
}

// Threads that wait turn by turn for what never happens are told of; `progress` counts what does.
static long progress;
template <class F> static void wait_until(F&& ready) {
  while (!ready()) yield();
  progress++;
}

static void enter() {
  body(body_params);
  fibers[threadIdx.x].done = true;
  progress++;
  for (;;) yield();
}

// All threads of a group meet: rounds tell one meeting from the next.
struct Meeting { int count = 0, round = 0; };
static void meet(Meeting& m, int size) {
  const int round = m.round;
  if (++m.count == size) m.count = 0, m.round++;
  wait_until([&] { return m.round != round; });
}
static Meeting block_meeting, warp_meeting[64];
struct Exchange { double value[32][16]; };
static Exchange exchange[64];
static int lane() { return threadIdx.x % 32; }
static int warp() { return threadIdx.x / 32; }

// Every lane gives some values and sees those of all lanes; a second meeting frees the room again.
template <class F> static void with_warp(const double* mine, int n, F&& f) {
  Exchange& e = exchange[warp()];
  for (int i = 0; i < n; i++) e.value[lane()][i] = mine[i];
  meet(warp_meeting[warp()], 32);
  f(e);
  meet(warp_meeting[warp()], 32);
}

static void forget_warpgroups();
static void run_block(unsigned block, int n) {
  forget_warpgroups();
  memset(memory, 0xff, sizeof memory);  // NaN in every type
  block_meeting = Meeting();
  for (Meeting& m : warp_meeting) m = Meeting();
  blockIdx.x = block;
  threads = n;
  fibers.resize(n);
  for (Fiber& f : fibers) {
    f.stack.resize(1 << 17);
    f.done = false;
    getcontext(&f.context);
    f.context.uc_stack.ss_sp = f.stack.data();
    f.context.uc_stack.ss_size = f.stack.size();
    f.context.uc_link = nullptr;
    makecontext(&f.context, enter, 0);
  }
  for (bool left = true; left;) {
    left = false;
    const long before = progress;
    for (const bool slow : {false, true}) {
      if (slow && progress != before) break;
      for (int i = 0; i < n; i++)
        if (!fibers[i].done && (i / 32 == slow_warp) == slow) {
          left = true;
          threadIdx.x = i;
          swapcontext(&scheduler, &fibers[i].context);
        }
    }
    if (left && progress == before) printf("deadlock\n"), exit(9);
  }
}

#include "emulator-runtime.hpp"

// ---- 16-bit types ------------------------------------------------------------------------------------------------
static float value_of_bf16(uint16_t x) { return __int_as_float((u32)x << 16); }
static float value_of_f16(uint16_t x) { _Float16 y; memcpy(&y, &x, 2); return (float)y; }
static uint16_t round_to_f16(float x) { const _Float16 y = (_Float16)x; uint16_t z; memcpy(&z, &y, 2); return z; }
static uint16_t round_to_bf16(float x) {
  u32 y; memcpy(&y, &x, 4);
  if (x != x) return 0x7fff;
  return (y + 0x7fff + (y >> 16 & 1)) >> 16;
}

// ---- functions: as the simulator has them, for comparisons to the last bit ------------------------------------------
static double emulate_exp2(double x) {
  if (!(x >= -126)) return x != x ? x : 0;
  if (x >= 128) return INFINITY;
  const double k = floor(x * 16 + 0.5), t = (x - k / 16) * M_LN2;
  return exp2(k / 16) * (1 + t * (1 + t * (1 / 2. + t * (1 / 6. + t * (1 / 24. + t * (1 / 120. + t * (1 / 720.)))))));
}

// ---- instructions ---------------------------------------------------------------------------------------------------
static void checked(u32 address, u32 bytes) {
  if (address % bytes || address + bytes > sizeof memory) printf("bad shared address %u\n", address), exit(9);
}
static uint16_t half_at(u32 address) { uint16_t x; memcpy(&x, memory + address, 2); return x; }

static void emulate_load_matrices(u32 (&x)[4], u32 address, bool transposed) {
  checked(address, 16);
  const double mine[1] = {(double)address};
  with_warp(mine, 1, [&](Exchange& e) {
    for (int m = 0; m < 4; m++) {
      int banks = 0;
      for (int i = 0; i < 8; i++) banks |= 1 << (u32)e.value[8 * m + i][0] / 16 % 8;
      if (banks != 255) printf("bank conflict in ldmatrix\n"), exit(9);
      uint16_t pair[2];
      for (int i = 0; i < 2; i++) {
        const int row = transposed ? lane() % 4 * 2 + i : lane() / 4, column = transposed ? lane() / 4 : lane() % 4 * 2 + i;
        pair[i] = half_at((u32)e.value[8 * m + row][0] + 2 * column);
      }
      x[m] = pair[0] | (u32)pair[1] << 16;
    }
  });
}

template <class Value> static void emulate_multiply(float (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, Value value, bool add, int depth) {
  double mine[12];
  for (int i = 0; i < 4; i++) mine[2 * i] = value(a[i] & 0xffff), mine[2 * i + 1] = value(a[i] >> 16);
  mine[8] = value(b0 & 0xffff), mine[9] = value(b0 >> 16), mine[10] = value(b1 & 0xffff), mine[11] = value(b1 >> 16);
  with_warp(mine, 12, [&](Exchange& e) {
    for (int i = 0; i < 4; i++) {
      const int row = lane() / 4 + (i / 2) * 8, column = lane() % 4 * 2 + i % 2;
      double sum = add ? c[i] : 0;
      for (int k = 0; k < 16; k++) {
        const int quad = k % 8 / 2, half = k % 2;
        const double x = e.value[row % 8 * 4 + quad][(k / 8 * 2 + row / 8) * 2 + half];
        const double y = e.value[column * 4 + quad][8 + k / 8 * 2 + half];
        sum += x * y;
        if (k % depth == depth - 1) sum = (float)sum;
      }
      c[i] = (float)sum;
    }
  });
}

// Each quad pair by itself, element by element as the manual's figures of mma.m8n8k4 have it.
template <class Value>
static void emulate_quad_pairs(float (&c)[8], u32 a0, u32 a1, u32 b0, u32 b1, Value value, bool add, bool by_rows) {
  const double mine[8] = {value(a0 & 0xffff), value(a0 >> 16), value(a1 & 0xffff), value(a1 >> 16),
                          value(b0 & 0xffff), value(b0 >> 16), value(b1 & 0xffff), value(b1 >> 16)};
  with_warp(mine, 8, [&](Exchange& e) {
    // Threads 0 to 3 of a quad pair are a quad of lanes below 16, 4 to 7 the quad 16 lanes further on.
    const int first = lane() % 16 / 4 * 4, thread = lane() % 4 + lane() / 16 * 4;
    const auto at = [&](int t) { return e.value[first + t % 4 + t / 4 * 16]; };
    for (int i = 0; i < 8; i++) {
      const int row = thread % 2 + (i & 2) + thread / 4 * 4, column = (i & 4) + (thread & 2) + i % 2;
      double sum = add ? c[i] : 0;
      for (int k = 0; k < 4; k++) sum += at(row)[k] * (by_rows ? at(k + column / 4 * 4)[4 + column % 4] : at(column)[4 + k]);
      c[i] = (float)sum;
    }
  });
}

template <class Value> static u32 emulate_times_zero(u32 x, u32 y, Value value) {
  u32 z = 0;
  for (int i = 0; i < 32; i += 16) {
    const float sum = value(x >> i & 0xffff) * 0.0f + value(y >> i & 0xffff);
    z |= (sum != sum ? 0x7fffu : 0) << i;
  }
  return z;
}

static double emulate_shuffle_xor(double x, int mask) {
  const double mine[1] = {x};
  double y = 0;
  with_warp(mine, 1, [&](Exchange& e) { y = e.value[lane() ^ mask][0]; });
  return y;
}

// Lanes that read together (128 bytes' worth) must meet different banks, or the same word.
static void emulate_load_shared(void* x, u32 from, int bytes) {
  checked(from, bytes);
  memcpy(x, memory + from, bytes);
  const double mine[1] = {(double)from};
  with_warp(mine, 1, [&](Exchange& e) {
    const int together = 128 / bytes;
    for (int i = lane() / together * together, end = i + together; i < end; i++) {
      const u32 other = (u32)e.value[i][0];
      if (other / 4 % 32 == from / 4 % 32 && other != from) printf("bank conflict in ld.shared\n"), exit(9);
    }
  });
}

static bool emulate_any(bool x) {
  const double mine[1] = {(double)x};
  bool y = false;
  with_warp(mine, 1, [&](Exchange& e) { for (int i = 0; i < 32; i++) y |= e.value[i][0] != 0; });
  return y;
}

// What the caller's tensors hold; the launcher's test registers none.
struct Range { const char *from, *to; };
static std::vector<Range> tensors;
static void readable(const void* p, int bytes) {
  bool inside = tensors.empty();
  for (const Range& r : tensors) inside |= r.from <= (const char*)p && (const char*)p + bytes <= r.to;
  if (!inside) printf("a copy reads outside the tensors\n"), exit(9);
}

// Copies land when they are waited for, not before.
struct Pending { u32 to; unsigned char bytes[16]; };
static std::vector<std::vector<Pending>> pending[1024];  // groups of each thread; the last one is open
static void emulate_copy(u32 to, const void* from, bool inside) {
  checked(to, 16);
  auto& groups = pending[threadIdx.x];
  if (groups.empty()) groups.emplace_back();
  Pending p{to, {}};
  readable(from, inside ? 16 : 0);
  if (inside) memcpy(p.bytes, from, 16);
  memset(memory + to, 0xff, 16);
  groups.back().push_back(p);
}
static void emulate_commit() {
  if (pending[threadIdx.x].empty()) pending[threadIdx.x].emplace_back();
  pending[threadIdx.x].emplace_back();
}
static void land(const std::vector<Pending>& group) { for (const Pending& p : group) memcpy(memory + p.to, p.bytes, 16); }
static void emulate_wait(int left) {
  auto& groups = pending[threadIdx.x];
  while ((int)groups.size() - 1 > left) land(groups.front()), groups.erase(groups.begin());
}

// An mbarrier: how many arrive in a phase; phases completed, and arrivals in this one; bytes that have yet to land.
static long expected_bytes[sizeof memory / 8];
static void emulate_init(u32 at, int count) { const u32 words[2] = {(u32)count, 0}; memcpy(memory + at, words, 8); }
static void complete_phase(u32 at) {
  u32 word[2];
  memcpy(word, memory + at, 8);
  if (word[1] % 0x10000 == word[0] && expected_bytes[at / 8] == 0) word[1] = (word[1] & 0xffff0000) + 0x10000;
  memcpy(memory + at, word, 8);
}
static void emulate_arrive(u32 at) {
  u32 word[2];
  memcpy(word, memory + at, 8);
  word[1]++;
  memcpy(memory + at, word, 8);
  complete_phase(at);
}
static void emulate_arrive_after_copies(u32 at) {
  for (auto& group : pending[threadIdx.x]) land(group);
  pending[threadIdx.x].clear();
  emulate_arrive(at);
}
static bool phase_passed(u32 at, u32 parity) {
  u32 word[2];
  memcpy(word, memory + at, 8);
  return (word[1] >> 16 & 1) != (parity & 1);
}
