// `tilewright/ndarray`: arrays for those who test kernels. Everything here is defined elsewhere.

export { random } from "./index.ts";
export { add, div, einsum, map, max, min, mul, sub, sum, zip } from "./sim/array-math.ts";
export { from, full, NdArray, wrap, zeros } from "./sim/ndarray.ts";
