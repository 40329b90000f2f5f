/**
 * The tags of a metric without tags: `name` alone, as graphite-web has it. Thousands of maps of one entry would cost more than to
 * sum up their series.
 */
export class NameTag implements ReadonlyMap<string, string> {
  readonly size = 1;
  readonly #name: string;

  constructor(name: string) {
    this.#name = name;
  }

  get(tag: string): string | undefined {
    return tag === 'name' ? this.#name : undefined;
  }

  has(tag: string): boolean {
    return tag === 'name';
  }

  forEach(
    run: (value: string, tag: string, tags: ReadonlyMap<string, string>) => void,
    self?: unknown,
  ): void {
    run.call(self, this.#name, 'name', this);
  }

  entries(): MapIterator<[string, string]> {
    return [['name', this.#name] as [string, string]].values();
  }

  keys(): MapIterator<string> {
    return ['name'].values();
  }

  values(): MapIterator<string> {
    return [this.#name].values();
  }

  [Symbol.iterator](): MapIterator<[string, string]> {
    return this.entries();
  }
}
