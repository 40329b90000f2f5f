import type { FastifyRequest } from 'fastify';
import { CarbonbusError } from '../../errors.js';

/** Parameters of a request, from the URL and from a form body; a name may come several times. */
export class Params {
  readonly #values = new Map<string, string[]>();

  constructor(request: FastifyRequest) {
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
