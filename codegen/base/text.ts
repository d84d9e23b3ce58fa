// User text in generated files: what may be a name, and how free text becomes a comment. Knows no
// language's grammar beyond its comments and reserved words.

/**
 * Any text as one line that stays inside a `//` or `#` comment: no line ends or other control characters, no
 * invisible or bidirectional marks (Trojan Source), no comment end, no backslash that joins the next line.
 */
export const commentText = (text: string): string =>
  text
    .replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]+/gu, " ")
    .replaceAll("*/", "* /")
    .replaceAll("/*", "/ *")
    .replaceAll("??/", "?? /")
    .replace(/[\s\\]+$/u, "")
    .trim();

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const cpp = words(`
  alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t char32_t class
  co_await co_return co_yield compl concept const const_cast consteval constexpr constinit continue decltype
  default delete do double dynamic_cast else enum explicit export extern false float for friend goto if inline
  int long mutable namespace new noexcept not not_eq nullptr operator or or_eq private protected public
  register reinterpret_cast requires restrict return short signed sizeof static static_assert static_cast
  struct switch template this thread_local throw true try typedef typeid typename typeof union unsigned using
  virtual void volatile wchar_t while xor xor_eq final override main std`);

const cuda = words(`
  threadIdx blockIdx blockDim gridDim warpSize half half2 bfloat16 dim3 cudaStream_t cudaError_t
  uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t size_t ptrdiff_t
  NULL EOF NAN INFINITY HUGE_VAL RAND_MAX errno assert stdin stdout stderr signbit isnan isinf linux unix
  major minor log2e`);

const python = words(`
  False None True and as assert async await break class continue def del elif else except finally for from
  global if import in is lambda nonlocal not or pass raise return try while with yield self torch ctypes`);

const windowsDevices = words(`
  con prn aux nul com1 com2 com3 com4 com5 com6 com7 com8 com9 lpt1 lpt2 lpt3 lpt4 lpt5 lpt6 lpt7 lpt8 lpt9`);

const reserved: ReadonlySet<string> = new Set([...cpp, ...cuda, ...python, "inf", "nan"]);
const devices: ReadonlySet<string> = new Set(windowsDevices);

/** Why a name cannot be an identifier in C++, in Python and in a file's name; undefined if it can. */
export const identifierProblem = (name: string): string | undefined => {
  if (!/^[A-Za-z][A-Za-z0-9_]*$/.test(name))
    return "a name consists of letters, digits and _, and begins with a letter";
  if (name.length > 63) return "a name has at most 63 characters";
  if (name.includes("__")) return "C++ reserves names that contain __";
  if (reserved.has(name)) return "it is a reserved word in C++, CUDA or Python";
  if (devices.has(name.toLowerCase())) return "it is the name of a device on Windows";
  return undefined;
};

/** causalGqaPrefill and CausalGQAPrefill both become causal_gqa_prefill. */
export const snakeCase = (name: string): string =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .replace(/([A-Z]+)([A-Z][a-z])/g, "$1_$2")
    .toLowerCase();
