/** How numbers look: which digits they have is no matter of taste. */
export interface NumberForm {
  /** Of whole numbers, `5.0` instead of `5`. */
  readonly hasPoint: boolean;
  /** Powers of ten of the first digit, `[from, to)`, of numbers that are written without an exponent. */
  readonly plainFrom: number;
  readonly plainTo: number;
  /** The digits of an exponent are two at least. */
  readonly hasLongExponent: boolean;
}

/** As Python's `repr` writes a float: `5.0`, `0.0001`, `1e-05`, `1e+16`. */
export const PYTHON_FORM: NumberForm = {
  hasPoint: true,
  plainFrom: -4,
  plainTo: 16,
  hasLongExponent: true,
};

/** As JavaScript's `String` does: `5`, `0.000001`, `1e-7`, `1e+21`; but -0 is `-0.0`. */
export const SHORT_FORM: NumberForm = {
  hasPoint: false,
  plainFrom: -6,
  plainTo: 21,
  hasLongExponent: false,
};
