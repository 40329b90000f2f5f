import { parse } from 'node:querystring';
import { CarbonbusError } from '../../errors.js';

/** Parameters of one form: more than any dashboard has targets, and few enough to read at once. */
const PARAMETERS_MAX = 10_000;

/** The parameters of a form. Errors: `BAD_REQUEST`. */
export function parseForm(text: string): Record<string, unknown> {
  let count = 1;
  for (let at = text.indexOf('&'); at !== -1; at = text.indexOf('&', at + 1)) count++;
  if (count <= PARAMETERS_MAX) return parse(text, '&', '=', { maxKeys: 0 });
  const reason = `the form has ${count} parameters, more than ${PARAMETERS_MAX}`;
  throw new CarbonbusError('BAD_REQUEST', reason);
}
