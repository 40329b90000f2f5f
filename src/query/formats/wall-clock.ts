import type { TimeZone } from '../time-zone.js';

/** Clocks are put forward and back only at multiples of this. */
const SHIFT_S = 900;
const DAY_S = 86_400;
/** Offsets that are remembered: three years of them. */
const OFFSETS_MAX = 100_000;

/** Times as the clocks of a zone show them, `2023-11-14 22:04:00`; cheap for times that are close together. */
export class WallClock {
  readonly #zone: TimeZone;
  readonly #offsets = new Map<number, number>();
  #shift = Number.NaN;
  #offsetS = 0;
  #day = Number.NaN;
  #date = '';

  constructor(zone: TimeZone) {
    this.#zone = zone;
  }

  text(epochS: number): string {
    const wallS = this.wallS(epochS);
    const day = Math.floor(wallS / DAY_S);
    if (day !== this.#day) {
      this.#day = day;
      this.#date = new Date(day * DAY_S * 1000).toISOString().slice(0, 10);
    }
    const second = Math.floor(wallS - day * DAY_S);
    const hours = two(Math.floor(second / 3600));
    return `${this.#date} ${hours}:${two(Math.floor(second / 60) % 60)}:${two(second % 60)}`;
  }

  /** What the clocks show, in seconds as if it were UTC. */
  wallS(epochS: number): number {
    const shift = Math.floor(epochS / SHIFT_S);
    if (shift !== this.#shift) {
      this.#shift = shift;
      this.#offsetS = this.#offsets.get(shift) ?? this.#learn(shift);
    }
    return epochS + this.#offsetS;
  }

  /** To ask the zone takes as long as to write a hundred points, and the next series has the same times. */
  #learn(shift: number): number {
    const offsetS = this.#zone.wallOf(shift * SHIFT_S) - shift * SHIFT_S;
    if (this.#offsets.size < OFFSETS_MAX) this.#offsets.set(shift, offsetS);
    return offsetS;
  }
}

function two(number: number): string {
  return number < 10 ? `0${number}` : String(number);
}
