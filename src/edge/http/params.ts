import type { FastifyRequest } from 'fastify';
import { withAsciiDigits } from '../../config/python-digits.js';
import { CarbonbusError } from '../../errors.js';

/** A whole number as Python reads it, or its words for why it is none. */
export function pythonInt(text: string): number | { reason: string } {
  const digits = withAsciiDigits(text.trim());
  const value = Number(digits.replaceAll('_', ''));
  if (/^[+-]?\d+(_\d+)*$/.test(digits) && Number.isSafeInteger(value)) return value;
  return { reason: `invalid literal for int() with base 10: '${text}'` };
}

/** Parameters of a request, from the URL and from a form body; a name may come several times. */
export class Params {
  readonly #sources: readonly Readonly<Record<string, unknown>>[];

  constructor({
    query,
    body,
  }: Pick<FastifyRequest, 'query'> & Partial<Pick<FastifyRequest, 'body'>>) {
    this.#sources = [query, body].filter(isForm);
  }

  all(name: string): string[] {
    const values: string[] = [];
    for (const source of this.#sources) {
      if (!Object.hasOwn(source, name)) continue;
      const value = source[name];
      if (Array.isArray(value)) for (const one of value) values.push(String(one));
      else values.push(String(value));
    }
    return values;
  }

  names(): string[] {
    const [first, ...others] = this.#sources.map((source) => Object.keys(source));
    return others.length === 0 ? (first ?? []) : [...new Set([...first, ...others.flat()])];
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
}

function isForm(source: unknown): source is Readonly<Record<string, unknown>> {
  return typeof source === 'object' && source !== null;
}
