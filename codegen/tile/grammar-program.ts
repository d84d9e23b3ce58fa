// The grammar of programs: declarations, kernels, steps and roles around the statements. print.ts shows
// the order in which they are printed; read, they may come in any.

import type { IToken } from "chevrotain";
import { archNames } from "../arch/archs.ts";
import { codes } from "../base/codes.ts";
import { fail } from "../base/diagnostic.ts";
import { axes, type OutputRole } from "../spec/description.ts";
import { BodyNames } from "./body-names.ts";
import { buildKernel, ProgramNames } from "./build-program.ts";
import type { KernelSource, ProgramDraft } from "./build-program.ts";
import { KernelGrammar } from "./grammar-kernel.ts";
import type { Rule } from "./grammar-expression.ts";
import type { Program, TensorDecl } from "./program.ts";
import { formulaScope, type Scope } from "./scope.ts";
import { Integer, signs, word } from "./tokens.ts";

type Part = (draft: ProgramDraft, names: ProgramNames) => void;

export class ProgramGrammar extends KernelGrammar {
  private readonly arch = this.choice("arch", archNames);
  private readonly axisLabel = this.choice("axisLabel", axes);
  private readonly formulaName = this.choice("formulaName", ["scale", "score", "mask", "sink"]);

  constructor(validate = false) {
    super(validate);
    this.performSelfAnalysis();
  }

  readonly program: Rule<Program> = this.rule("program", () => {
    this.CONSUME(word("program"));
    const name = this.nameText();
    const arch = this.OPTION(() => {
      this.CONSUME(signs.at);
      return this.SUBRULE(this.arch);
    });
    this.CONSUME(word("from"));
    const source = this.SUBRULE(this.quoted);
    const parts: Part[] = [];
    this.MANY(() => {
      parts.push(this.SUBRULE(this.part));
    });
    const kernels: KernelSource[] = [];
    this.MANY2(() => {
      kernels.push(this.SUBRULE(this.kernel));
    });
    return this.ACTION(() => {
      const draft: ProgramDraft = {
        ...{ name, ...(arch && { arch }), source },
        ...{ dims: [], scalars: [], inputs: [], outputs: [] },
        ...{ host: [], formulas: [], workspace: [], kernels: [] },
      };
      const names = new ProgramNames(draft);
      for (const declare of parts) declare(draft, names);
      draft.kernels = kernels.map((k) => buildKernel(k, names));
      return draft;
    });
  });

  private readonly part: Rule<Part> = this.rule("part", () =>
    this.OR<Part>([
      { ALT: () => this.SUBRULE(this.summary) },
      { ALT: () => this.SUBRULE(this.dims) },
      { ALT: () => this.SUBRULE(this.scalars) },
      { ALT: () => this.SUBRULE(this.hostPart) },
      { ALT: () => this.SUBRULE(this.inputTensor) },
      { ALT: () => this.SUBRULE(this.outputTensor) },
      { ALT: () => this.SUBRULE(this.scratch) },
      { ALT: () => this.SUBRULE(this.formula) },
    ]),
  );

  private readonly summary: Rule<Part> = this.rule("summary", () => {
    this.CONSUME(word("summary"));
    const text = this.SUBRULE(this.quoted);
    return (draft) => {
      draft.summary = text;
    };
  });

  private readonly dims: Rule<Part> = this.rule("dims", () => {
    this.CONSUME(word("dims"));
    const names = this.SUBRULE(this.names);
    return (draft) => draft.dims.push(...names);
  });

  private readonly scalars: Rule<Part> = this.rule("scalars", () => {
    this.CONSUME(word("scalars"));
    const scalars = this.list(() => this.SUBRULE(this.typedName));
    return (draft) => draft.scalars.push(...scalars);
  });

  private readonly hostPart: Rule<Part> = this.rule("hostPart", () => {
    const value = this.SUBRULE(this.hostLet);
    return (draft, names) => draft.host.push(value(new BodyNames(names, new Map())));
  });

  private readonly inputTensor: Rule<Part> = this.rule("inputTensor", () => {
    this.CONSUME(word("in"));
    const tensor = this.SUBRULE(this.tensor);
    return (draft, names) => draft.inputs.push(tensor(names));
  });

  private readonly scratch: Rule<Part> = this.rule("scratch", () => {
    this.CONSUME(word("workspace"));
    const tensor = this.SUBRULE(this.tensor);
    return (draft, names) => draft.workspace.push(tensor(names));
  });

  private readonly outputTensor: Rule<Part> = this.rule("outputTensor", () => {
    this.CONSUME(word("out"));
    const tensor = this.SUBRULE(this.tensor);
    const role = this.OPTION(() => this.SUBRULE(this.outputRole));
    return (draft, names) => draft.outputs.push({ ...tensor(names), ...(role && { role }) });
  });

  private readonly outputRole: Rule<OutputRole> = this.rule("outputRole", () =>
    this.OR<OutputRole>([
      {
        ALT: () => {
          this.CONSUME(word("values"));
          return { kind: "values" };
        },
      },
      {
        ALT: () => {
          this.CONSUME(word("lse"));
          const base = this.OR2([
            { ALT: () => this.CONSUME(word("e")) },
            { ALT: () => this.CONSUME(Integer) },
          ]);
          return { kind: "lse", base: this.ACTION(() => this.base(base)) };
        },
      },
    ]),
  );

  private base(token: IToken): "e" | 2 {
    if (token.image === "e") return "e";
    if (token.image === "2") return 2;
    return fail(
      codes.tileSyntax(this.spanFrom(token), `expected 'e' or '2', found '${token.image}'`),
    );
  }

  private readonly tensor: Rule<(names: Scope) => TensorDecl> = this.rule("tensor", () => {
    const start = this.LA(1);
    const name = this.nameText();
    this.CONSUME(signs.colon);
    const dtype = this.SUBRULE(this.dtype);
    this.CONSUME(signs.openBracket);
    const axes = this.list(() => {
      const axis = this.SUBRULE(this.axisLabel);
      this.CONSUME(signs.is);
      return { axis, extent: this.SUBRULE(this.expression) };
    });
    this.CONSUME(signs.closeBracket);
    const span = this.spanFrom(start);
    return (names) => ({
      name,
      dtype,
      axes: axes.map(({ axis, extent }) => ({ axis, extent: extent(names) })),
      span,
    });
  });

  private readonly formula: Rule<Part> = this.rule("formula", () => {
    const name = this.SUBRULE(this.formulaName);
    this.CONSUME(signs.is);
    const value = this.SUBRULE(this.expression);
    const source = this.OPTION(() => {
      this.CONSUME(word("source"));
      return this.SUBRULE(this.quoted);
    });
    const span = this.OPTION2(() => this.SUBRULE(this.place));
    return (draft, names) =>
      draft.formulas.push({
        name,
        value: value(formulaScope(names)),
        ...(source !== undefined && { source }),
        ...(span && { span }),
      });
  });
}
