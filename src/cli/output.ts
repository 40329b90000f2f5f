import { CarbonbusError, errorCode, errorText } from '../errors.js';

/** The size of a write to a pipe or a file. */
const WRITE_CHARS = 64 * 1024;

/** Whoever reads our output has gone. */
export class OutputClosed extends Error {}

/**
 * Writes a text to standard output; resolves when it is on its way.
 *
 * Errors: `OutputClosed`; a CarbonbusError `OUTPUT_UNWRITABLE`.
 */
export function writeOut(text: string): Promise<void> {
  const { stdout } = process;
  return new Promise((resolve, reject) => {
    const fail = (cause: unknown): void => reject(failure(cause));
    stdout.once('error', fail);
    stdout.write(text, (error) => {
      if (error) return fail(error);
      stdout.off('error', fail);
      resolve();
    });
  });
}

function failure(cause: unknown): Error {
  if (errorCode(cause) === 'EPIPE') return new OutputClosed();
  const text = `cannot write the output: ${errorText(cause)}`;
  return new CarbonbusError('OUTPUT_UNWRITABLE', text, { cause });
}

/** Writes lines as they come: one by one to a terminal, else in large parts. What came before an error is written too. */
export async function printLines(
  lines: Iterable<string>,
  write: (text: string) => Promise<void>,
  isTerminal: boolean,
): Promise<void> {
  const chars = isTerminal ? 1 : WRITE_CHARS;
  let text = '';
  try {
    for (const line of lines) {
      text += `${line}\n`;
      if (text.length < chars) continue;
      const full = text;
      text = '';
      await write(full);
    }
  } finally {
    if (text !== '') await write(text);
  }
}
