import { withAsciiDigits } from '../../config/python-digits.js';
import { CarbonbusError } from '../../errors.js';
import type { ArchiveSpec } from './archives.js';

const WHISPER_UNITS: readonly (readonly [string, number])[] = [
  ['seconds', 1],
  ['minutes', 60],
  ['hours', 3600],
  ['days', 86400],
  ['weeks', 7 * 86400],
  ['years', 365 * 86400],
];

/**
 * A retention as whisper's tools read it, `precision:length`: `60:1440`, `1min:2weeks`. A unit may be cut short.
 * Without a unit the length is a number of points.
 *
 * Errors: `INVALID_RETENTION`.
 */
export function parseRetention(text: string): ArchiveSpec {
  const colon = text.indexOf(':');
  if (colon < 0) throw invalid(text);
  const trimmed = text.trim();
  const [precision, length] = splitAt(trimmed, trimmed.indexOf(':'));
  return archiveOf(
    text,
    precision,
    length,
    (unit) => WHISPER_UNITS.find(([name]) => name.startsWith(unit))?.[1],
  );
}

/** A retention as carbon's configuration has it: as `parseRetention`, but units of exactly one letter. */
export function parseCarbonRetention(text: string): ArchiveSpec {
  const parts = text.trim().split(':');
  if (parts.length !== 2) throw invalid(text);
  return archiveOf(text, parts[0], parts[1], (unit) =>
    unit.length === 1 ? WHISPER_UNITS.find(([name]) => name[0] === unit)?.[1] : undefined,
  );
}

function archiveOf(
  text: string,
  precision: string,
  length: string,
  secondsOf: (unit: string) => number | undefined,
): ArchiveSpec {
  const [step, stepUnit] = amount(text, precision);
  const [count, countUnit] = amount(text, length);
  const seconds = (n: number, unit: string): number => {
    const factor = secondsOf(unit);
    if (factor === undefined) throw invalid(text, `unknown unit '${unit}'`);
    return n * factor;
  };
  const secondsPerPoint = seconds(step, stepUnit || 's');
  if (!countUnit) return { secondsPerPoint, points: count };
  const covered = seconds(count, countUnit);
  if (secondsPerPoint === 0) throw invalid(text, 'a precision of 0');
  return { secondsPerPoint, points: Math.floor(covered / secondsPerPoint) };
}

/** Digits of any script, then letters. */
function amount(text: string, part: string): [number, string] {
  const match = /^(\p{Nd}+)([a-z]*)$/u.exec(part);
  if (match === null) throw invalid(text);
  return [Number(withAsciiDigits(match[1])), match[2]];
}

function splitAt(text: string, index: number): [string, string] {
  return [text.slice(0, index), text.slice(index + 1)];
}

function invalid(text: string, why = 'expected precision:length'): CarbonbusError {
  return new CarbonbusError('INVALID_RETENTION', `invalid retention '${text}': ${why}`);
}
