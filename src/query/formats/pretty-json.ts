import { TextBytes } from './text-bytes.js';

/** A string, an opening bracket with its closing one where nothing is between, a mark, or anything else. */
const TOKEN = /"(?:[^"\\]|\\.)*"|\[\]|\{\}|[[\]{}]|, |[^"[\]{},]+/g;

/** The compact JSON that our encoders write, over several lines as Python's `json` has it with `indent=2`. */
export function prettyJson(compact: Buffer): Buffer {
  const out = new TextBytes();
  let depth = 0;
  const newLine = (): void => {
    out.add(`\n${'  '.repeat(depth)}`);
  };
  for (const [token] of compact.toString('latin1').matchAll(TOKEN)) {
    if (token === ']' || token === '}') {
      depth--;
      newLine();
    }
    out.add(token === ', ' ? ',' : token);
    if (token === '[' || token === '{') depth++;
    if (token === '[' || token === '{' || token === ', ') newLine();
  }
  return out.finish();
}
