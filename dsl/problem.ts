// How the DSL's types speak: by a sentence.

/** What stands in the place of a type that is wrong: a sentence that the error message quotes. */
export interface Problem<Sentence extends string> {
  readonly problem: Sentence;
}
