/** How often a child may fail before its supervisor gives up and fails as well. */
export interface RestartIntensity {
  restartsMax: number;
  withinMs: number;
}

/** Counts the failures of one child within a sliding window. */
export class RestartWindow {
  readonly #intensity: RestartIntensity;
  readonly #failuresMs: number[] = [];

  constructor(intensity: RestartIntensity) {
    this.#intensity = intensity;
  }

  /** Notes a failure. Returns true when the child may be restarted, false when it failed too often. */
  mayRestart(nowMs: number): boolean {
    this.#failuresMs.push(nowMs);
    while (nowMs - this.#failuresMs[0] > this.#intensity.withinMs) this.#failuresMs.shift();
    return this.#failuresMs.length <= this.#intensity.restartsMax;
  }
}
