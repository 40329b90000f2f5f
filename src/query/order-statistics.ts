/**
 * Values of a fixed collection that come and go, and what would stand at a place if those that are there were
 * sorted. Each step takes as long as the logarithm of the collection's size (a Fenwick tree over ranks).
 */
export class OrderStatistics {
  readonly #sorted: Float64Array;
  /** The rank in `#sorted` of each value of the collection, by its position there; equal ones have ranks of their own. */
  readonly #ranks: Uint32Array;
  readonly #counts: Uint32Array;
  #size = 0;

  /** @param values nulls among them cannot be added */
  constructor(values: Float64Array) {
    const order = Uint32Array.from(values.keys()).filter((i) => !Number.isNaN(values[i]));
    order.sort((a, b) => (values[a] < values[b] ? -1 : values[a] > values[b] ? 1 : a - b));
    this.#sorted = new Float64Array(order.length);
    this.#ranks = new Uint32Array(values.length);
    order.forEach((position, rank) => {
      this.#sorted[rank] = values[position];
      this.#ranks[position] = rank;
    });
    this.#counts = new Uint32Array(order.length + 1);
  }

  get size(): number {
    return this.#size;
  }

  add(position: number): void {
    this.#change(position, 1);
  }

  remove(position: number): void {
    this.#change(position, -1);
  }

  #change(position: number, by: number): void {
    this.#size += by;
    for (let i = this.#ranks[position] + 1; i < this.#counts.length; i += i & -i)
      this.#counts[i] += by;
  }

  /** @param place from 0, less than the size */
  at(place: number): number {
    let rank = 0;
    let left = place;
    for (let step = 2 ** Math.floor(Math.log2(this.#counts.length)); step >= 1; step /= 2) {
      const next = rank + step;
      if (next >= this.#counts.length || this.#counts[next] > left) continue;
      rank = next;
      left -= this.#counts[next];
    }
    return this.#sorted[rank];
  }
}
