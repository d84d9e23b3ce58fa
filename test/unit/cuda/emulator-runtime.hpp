// Stands in for what CUDA has without includes and for cuda_runtime.h, so that the emitted launcher runs on a CPU too. A
// launch runs its blocks one after the other.
static inline float __int_as_float(u32 x) { float y; memcpy(&y, &x, 4); return y; }
template <class T> T __ldg(const T* p) { return *p; }
template <class T> T min(T a, T b) { return b < a ? b : a; }
template <class T> T max(T a, T b) { return a < b ? b : a; }

typedef int cudaError_t;
typedef void* cudaStream_t;
enum { cudaSuccess, cudaMemoryTypeDevice = 2, cudaMemoryTypeManaged };
enum { cudaDevAttrComputeCapabilityMajor, cudaDevAttrComputeCapabilityMinor, cudaDevAttrMaxSharedMemoryPerBlockOptin };
enum { cudaFuncAttributeMaxDynamicSharedMemorySize };
struct cudaPointerAttributes { int type, device; };
static int emulated_capability = 90, emulated_shared = 232448, emulated_pointer_device = 0;
static inline const char* cudaGetErrorString(int) { return "emulated error"; }
static inline int cudaGetLastError() { return 0; }
static inline int cudaGetDevice(int* device) { return *device = 0; }
static inline int cudaPointerGetAttributes(cudaPointerAttributes* at, const void*) {
  at->type = cudaMemoryTypeDevice, at->device = emulated_pointer_device;
  return 0;
}
static inline int cudaDeviceGetAttribute(int* value, int attribute, int) {
  *value = attribute == 0 ? emulated_capability / 10 : attribute == 1 ? emulated_capability % 10 : emulated_shared;
  return 0;
}
template <class F> int cudaFuncSetAttribute(F, int, int bytes) { return bytes > emulated_shared; }
static inline int cudaLaunchKernel(const void* kernel, dim3 blocks, dim3 n, void** arguments, size_t, cudaStream_t) {
  body = (void (*)(const void*))kernel;
  body_params = arguments[0];
  for (unsigned b = 0; b < blocks.x; b++) run_block(b, n.x);
  return 0;
}
