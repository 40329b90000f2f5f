/**
 * One metric over a window, as whisper's fetch gives it: `values[i]` belongs to the step that starts at
 * `startS + i * stepS`; NaN where there is no point. `endS` is the end of the last step.
 */
export interface Series {
  readonly name: string;
  readonly startS: number;
  readonly endS: number;
  readonly stepS: number;
  readonly values: Float64Array;
}
