import type { FastifyRequest } from 'fastify';
import { CarbonbusError } from '../../errors.js';

/** A whole number as Python reads it, or its words for why it is none. */
export function pythonInt(text: string): number | { reason: string } {
  const value = Number(text.trim());
  if (/^\s*[+-]?\d+\s*$/.test(text) && Number.isSafeInteger(value)) return value;
  return { reason: `invalid literal for int() with base 10: '${text}'` };
}

/** Parameters of a request, from the URL and from a form body; a name may come several times. */
export class Params {
  readonly #values = new Map<string, string[]>();

  constructor(request: Pick<FastifyRequest, 'query'> & Partial<Pick<FastifyRequest, 'body'>>) {
    this.#add(request.query);
    this.#add(request.body);
  }

  all(name: string): string[] {
    return this.#values.get(name) ?? [];
  }

  names(): string[] {
    return [...this.#values.keys()];
  }

  /** The last value of a name, as graphite-web reads it, or undefined. */
  last(name: string): string | undefined {
    return this.all(name).at(-1);
  }

  /** All values of a name; where it has none, those of the same one with `[]`, as PHP and jQuery write several. */
  several(name: string): string[] {
    const values = this.all(name);
    return values.length > 0 ? values : this.all(`${name}[]`);
  }

  /** A positive whole number, or undefined when the parameter is absent. */
  count(name: string): number | undefined {
    const text = this.last(name);
    if (text === undefined || text === '') return undefined;
    const value = Number(text);
    if (Number.isSafeInteger(value) && value > 0) return value;
    throw new CarbonbusError('BAD_REQUEST', `${name}: ${text} is not a positive whole number`);
  }

  #add(source: unknown): void {
    if (typeof source !== 'object' || source === null) return;
    for (const [name, value] of Object.entries(source)) {
      const values = Array.isArray(value) ? value.map(String) : [String(value)];
      this.#values.set(name, [...this.all(name), ...values]);
    }
  }
}
