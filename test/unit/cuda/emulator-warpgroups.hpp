// What the PTX manual says of the instructions of warpgroups and of bulk copies, for emulator.hpp's fibers. Whatever runs
// on its own here ends as late as it may: a product when its warp waits for it, a bulk copy when somebody waits for its
// bytes. Until then its registers and its shared memory hold NaNs, and who touches them early has wrong results.
#include <algorithm>

typedef unsigned long long u64;
typedef long long i64;

static void fault(const char* what) { printf("fault: %s\n", what), exit(9); }

// ---- the way from threads' accesses of shared memory to those of the matrix unit and of bulk copies ------------------
// Who has read or written which 16 bytes since its last fence between the two.
struct Touched {
  u64 threads[sizeof memory / 16][16];
  bool ever;
  void add(u32 at, int bytes) {
    ever = true;
    for (u32 i = at / 16; i < (at + bytes + 15) / 16; i++) threads[i][threadIdx.x / 64] |= 1ull << threadIdx.x % 64;
  }
  bool any(u32 at) const { return ever && std::any_of(threads[at / 16], threads[at / 16] + 16, [](u64 x) { return x != 0; }); }
  void fence() {
    for (auto& piece : threads) if (ever) piece[threadIdx.x / 64] &= ~(1ull << threadIdx.x % 64);
  }
};
static Touched unfenced_reads, unfenced_writes;

static void emulate_order_copies() { unfenced_reads.fence(), unfenced_writes.fence(); }
static void emulate_store_shared(u32 to, u32 x) {
  checked(to, 4);
  memcpy(memory + to, &x, 4);
  unfenced_writes.add(to, 4);
}
static void emulate_read_shared(uint4* x, u32 from) {
  unfenced_reads.add(from, 16);
  emulate_load_shared(x, from, 16);
}
static void emulate_read_matrices(u32 (&x)[4], u32 address, bool transposed) {
  unfenced_reads.add(address, 16);
  emulate_load_matrices(x, address, transposed);
}

// ---- named barriers -------------------------------------------------------------------------------------------------
struct Named { int count = 0, round = 0; bool gathered = false, any = false; };
static Named named[16];
static int emulate_bar_arrive(int id, int n, bool mine = false) {
  Named& b = named[id];
  const int round = b.round;
  b.gathered |= mine;
  if (++b.count == n) b.any = b.gathered, b.count = 0, b.gathered = false, b.round++;
  return round;
}
static bool emulate_bar_sync(int id, int n, bool mine = false) {
  const int round = emulate_bar_arrive(id, n, mine);
  wait_until([&] { return named[id].round != round; });
  return named[id].any;
}

// ---- tensor maps ------------------------------------------------------------------------------------------------------
typedef u64 cuuint64_t;
typedef u32 cuuint32_t;
struct CUtensorMap { u64 words[16]; };
enum CUtensorMapDataType { CU_TENSOR_MAP_DATA_TYPE_FLOAT16, CU_TENSOR_MAP_DATA_TYPE_BFLOAT16 };
enum { CU_TENSOR_MAP_INTERLEAVE_NONE, CU_TENSOR_MAP_SWIZZLE_128B, CU_TENSOR_MAP_L2_PROMOTION_L2_256B };
enum { CU_TENSOR_MAP_FLOAT_OOB_FILL_NONE, CUDA_SUCCESS = 0 };
enum { cudaEnableDefault, CUDART_VERSION = 12000 };
enum cudaDriverEntryPointQueryResult {};

// Words: the address, the rank, five extents, four strides in bytes, the box's columns and rows.
static int cuTensorMapEncodeTiled(CUtensorMap* map, CUtensorMapDataType, u32 rank, void* tensor, const cuuint64_t* extents,
                                  const cuuint64_t* strides, const cuuint32_t* box, const cuuint32_t* steps,
                                  int interleave, int swizzle, int, int fill) {
  if ((u64)tensor % 16 || rank < 2 || rank > 5 || interleave || swizzle != CU_TENSOR_MAP_SWIZZLE_128B || fill) return 1;
  for (u32 i = 0; i < rank; i++)
    if (extents[i] == 0 || extents[i] > 1ull << 32 || box[i] == 0 || box[i] > 256 || steps[i] != 1) return 1;
  for (u32 i = 0; i + 1 < rank; i++)
    if (strides[i] % 16 || strides[i] >= 1ull << 40) return 1;
  if (box[0] * 2 > 128 || std::any_of(box + 2, box + rank, [](u32 n) { return n != 1; })) return 1;
  *map = {{(u64)tensor, rank, 1, 1, 1, 1, 1, 0, 0, 0, 0, box[0], box[1]}};
  std::copy(extents, extents + rank, map->words + 2), std::copy(strides, strides + rank - 1, map->words + 7);
  return CUDA_SUCCESS;
}
static int cudaGetDriverEntryPoint(const char* name, void** found, int, cudaDriverEntryPointQueryResult*) {
  *found = strcmp(name, "cuTensorMapEncodeTiled") ? nullptr : (void*)cuTensorMapEncodeTiled;
  return 0;
}

// ---- bulk copies --------------------------------------------------------------------------------------------------------
// The 128-byte swizzle is of addresses: bits 4 to 6 are turned by bits 7 to 9.
static u32 swizzled(u32 at) { return at ^ (at >> 3 & 0x70); }

struct Bulk { u32 to, barrier; const u64* map; int place[5]; };
static std::vector<Bulk> bulk_copies;
static bool published[sizeof memory / 8];
static std::vector<u32> made;

static void emulate_init_bulk(u32 at, int count) { emulate_init(at, count), published[at / 8] = false, made.push_back(at); }
static void emulate_publish() {
  for (u32 at : made) published[at / 8] = true;
}
static void emulate_arrive_expecting(u32 at, int bytes) { expected_bytes[at / 8] += bytes, emulate_arrive(at); }

static void emulate_bulk_copy(u32 to, const void* map, u32 barrier, std::initializer_list<int> place) {
  const u64* words = (const u64*)map;
  if (to % 128 || (u64)map % 64) fault("a bulk copy's alignment");
  if (!published[barrier / 8]) fault("the copy engine has yet to see an mbarrier");
  if (words[1] != place.size()) fault("the rank of a tensor map");
  const u32 bytes = words[11] * words[12] * 2;
  for (u32 i = 0; i < bytes; i += 16)
    if (unfenced_reads.any(to + i) || unfenced_writes.any(to + i)) fault("a bulk copy overwrites what threads touch");
  memset(memory + to, 0xff, bytes);
  Bulk copy{to, barrier, words, {}};
  std::copy(place.begin(), place.end(), copy.place);
  bulk_copies.push_back(copy);
}

static void land_bulk(const Bulk& copy) {
  const u64 *extents = copy.map + 2, *strides = copy.map + 7;
  const int columns = copy.map[11], rows = copy.map[12], rank = copy.map[1];
  for (int row = 0; row < rows; row++)
    for (int column = 0; column < columns; column++) {
      const int place[5] = {copy.place[0] + column, copy.place[1] + row, copy.place[2], copy.place[3], copy.place[4]};
      bool inside = true;
      const char* from = (const char*)copy.map[0] + 2 * (i64)place[0];
      for (int i = 0; i < rank; i++) {
        inside &= place[i] >= 0 && (u64)place[i] < extents[i];
        if (i > 0) from += place[i] * (i64)strides[i - 1];
      }
      if (inside) readable(from, 2);
      const uint16_t x = inside ? *(const uint16_t*)from : 0;
      memcpy(memory + swizzled(copy.to + row * 128 + column * 2), &x, 2);
    }
  expected_bytes[copy.barrier / 8] -= rows * columns * 2;
  complete_phase(copy.barrier);
}

static void land_bulk_copies(u32 barrier) {
  for (size_t i = 0; i < bulk_copies.size();)
    if (bulk_copies[i].barrier == barrier) land_bulk(bulk_copies[i]), bulk_copies.erase(bulk_copies.begin() + i);
    else i++;
}
static void emulate_await_bytes(u32 at, u32 parity) {
  wait_until([&] {
    if (!phase_passed(at, parity)) land_bulk_copies(at);
    return phase_passed(at, parity);
  });
}

// ---- products of warpgroups -------------------------------------------------------------------------------------------
struct Registers { u32* at; int count; };
struct Product { Registers c; u64 a; const u32* weights; u64 b; bool add; float (*value)(uint16_t); };
// What is in flight in the registers of an accumulator, and for how many products.
struct Held { Registers c; std::vector<float> sums; int products; };
struct Issued {
  std::vector<std::vector<Product>> groups{1};  // the last one is open
  std::vector<Held> held;
  std::vector<std::pair<Registers, std::vector<u32>>> tied, fenced;
};
static Issued issued[1024];
static const u32 poison = 0x7fc0dead;

// The compiler has put the registers' last values in place.
static void emulate_tie(void* x, int bytes) {
  u32* at = (u32*)x;
  issued[threadIdx.x].tied.push_back({{at, bytes / 4}, std::vector<u32>(at, at + bytes / 4)});
}
static void emulate_order_registers() {
  auto& own = issued[threadIdx.x];
  own.fenced.insert(own.fenced.end(), own.tied.begin(), own.tied.end()), own.tied.clear();
}
static void need_fence(const Registers& r) {
  for (const auto& [known, values] : issued[threadIdx.x].fenced)
    if (known.at <= r.at && r.at + r.count <= known.at + known.count &&
        !memcmp(values.data() + (r.at - known.at), r.at, r.count * 4)) return;
  fault("no wgmma.fence since registers were written");
}

static void emulate_start(const Product& p) {
  auto& own = issued[threadIdx.x];
  auto held = std::find_if(own.held.begin(), own.held.end(), [&](const Held& h) { return h.c.at == p.c.at; });
  if (held == own.held.end()) {
    need_fence(p.c);
    own.held.push_back({p.c, std::vector<float>((float*)p.c.at, (float*)p.c.at + p.c.count), 0});
    held = own.held.end() - 1;
    std::fill(p.c.at, p.c.at + p.c.count, poison);
  }
  if (p.weights) need_fence({(u32*)p.weights, 4});
  held->products++;
  own.groups.back().push_back(p);
}
static void emulate_close_products() { issued[threadIdx.x].groups.emplace_back(); }

// An element of a matrix in panels, by its descriptor: 8 rows of 128 bytes follow each other, groups of them are
// `stride` apart; where terms run along the rows a panel holds 64 columns, and the next lies `leading` further on.
static float element(u64 descriptor, int row, int column, float (*value)(uint16_t)) {
  if (descriptor >> 62 != 1 || descriptor >> 49 & 7) fault("a descriptor that is not of the 128-byte swizzle");
  const u32 start = (descriptor & 0x3fff) << 4, leading = (descriptor >> 16 & 0x3fff) << 4;
  const u32 stride = (descriptor >> 32 & 0x3fff) << 4;
  const u32 at = swizzled(start + row / 8 * stride + row % 8 * 128 + column / 64 * leading + column % 64 * 2);
  if (unfenced_writes.any(at)) fault("a product reads what threads wrote");
  return value(half_at(at));
}

static void run_product(const Product& p, std::vector<float>& sums) {
  double mine[8] = {};
  for (int i = 0; p.weights && i < 8; i++) mine[i] = p.value(p.weights[i / 2] >> i % 2 * 16 & 0xffff);
  const int columns = p.c.count * 2, first = warp() % 4 * 16;
  with_warp(mine, 8, [&](Exchange& e) {
    for (int i = 0; i < p.c.count; i++) {
      const int row = lane() / 4 + i % 4 / 2 * 8, column = i / 4 * 8 + lane() % 4 * 2 + i % 2;
      double sum = p.add ? sums[i] : 0;
      for (int k = 0; k < 16; k++) {
        // A in registers as m16n8k16 has it; B's terms then run along the columns of shared memory, else along its rows.
        const double x = p.weights ? e.value[row % 8 * 4 + k % 8 / 2][(k / 8 * 2 + row / 8) * 2 + k % 2]
                                   : element(p.a, first + row, k, p.value);
        sum += x * (p.weights ? element(p.b, k, column, p.value) : element(p.b, column, k, p.value));
      }
      sums[i] = (float)sum;
    }
  });
}

static void emulate_await_products(int pending) {
  auto& own = issued[threadIdx.x];
  own.tied.clear(), own.fenced.clear();
  while ((int)own.groups.size() - 1 > pending) {
    const auto group = own.groups.front();
    own.groups.erase(own.groups.begin());
    for (const Product& p : group) {
      auto held = std::find_if(own.held.begin(), own.held.end(), [&](const Held& h) { return h.c.at == p.c.at; });
      run_product(p, held->sums);
      if (--held->products) continue;
      if (std::any_of(p.c.at, p.c.at + p.c.count, [](u32 x) { return x != poison; })) fault("registers written in flight");
      memcpy(p.c.at, held->sums.data(), p.c.count * 4);
      own.held.erase(held);
    }
  }
}

static void forget_warpgroups() {
  memset(&unfenced_reads, 0, sizeof unfenced_reads), memset(&unfenced_writes, 0, sizeof unfenced_writes);
  for (Named& b : named) b = Named();
  for (Issued& i : issued) i = Issued();
  bulk_copies.clear(), made.clear();
  memset(expected_bytes, 0, sizeof expected_bytes);
}
