import { CarbonbusError, errorCode, errorText } from '../errors.js';

/** What is said of a file, as compilers write it: `line 3: ...` of it as `file:3: ...`, and what names no line as `file: ...`. */
export function placedLine(path: string, line: string): string {
  const [, number, rest] = /^line (\d+):? (.*)$/.exec(line) ?? [];
  return number === undefined ? `${path}: ${line}` : `${path}:${number}: ${rest}`;
}

/** An error about a file that does not name it, or what the system refused, with the file in each line of its text. */
export function placedError(path: string, error: unknown): CarbonbusError {
  const text = placedLines(path, errorText(error)).join('\n');
  return new CarbonbusError(errorCode(error) ?? 'CONFIG_INVALID', text, { cause: error });
}

/** The same of each line of a text. */
export function placedLines(path: string, text: string): string[] {
  return text.split('\n').map((line) => placedLine(path, line));
}
