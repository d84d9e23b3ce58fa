// Sizes known at launch, and their products.

/** A size known at launch, or a product of such sizes. */
export interface Dim<out Name extends string = string> {
  readonly kind: "dim";
  readonly name: Name;
  readonly factors: readonly string[];
  times<Other extends string>(other: Dim<Other>): Dim<`${Name} * ${Other}`>;
}

/** How many elements an axis has: a positive whole number, or a size known at launch. */
export type Extent = number | Dim;

const dim = <Name extends string>(name: Name, factors: readonly string[]): Dim<Name> => ({
  kind: "dim",
  name,
  factors,
  times: (other) => dim(`${name} * ${other.name}`, [...factors, ...other.factors]),
});

/** `const { B, Hkv } = dims("B", "Hkv")`. A size is an i32 at launch; zero is legal. */
export function dims<const Names extends readonly string[]>(
  ...names: Names
): { readonly [Name in Names[number]]: Dim<Name> } {
  return Object.fromEntries(names.map((name) => [name, dim(name, [name])])) as {
    readonly [Name in Names[number]]: Dim<Name>;
  };
}
