import { expect } from 'chai';
import type { FetchedSeries } from '../../src/storage/whisper/fetch.js';
import type { WhisperHeader } from '../../src/storage/whisper/format.js';
import { number } from './conformance.js';

/** Compares what an operation of `whisper/cases.jsonl` gave with what the reference did. */
export function checkResult(op: string, result: unknown, expected: unknown): void {
  if (expected === null) expect(result).to.equal(null);
  else if (op === 'fetch')
    checkFetch(result as FetchedSeries, expected as Parameters<typeof checkFetch>[1]);
  else if (op === 'diff') expect(result).to.deep.equal(differences(expected));
  else if (op === 'info') expect(infoOf(result)).to.deep.equal(expected);
  else expect(result).to.deep.equal(expected);
}

function checkFetch(
  result: FetchedSeries,
  expected: { start: number; end: number; step: number; values: unknown[] },
): void {
  const { start, end, step } = expected;
  expect([result.startS, result.endS, result.stepS]).to.deep.equal([start, end, step]);
  expect(result.values.length).to.equal((end - start) / step);
  // For a time longer than the ring the reference answers fewer values than it says; ours go on.
  const values = expected.values.map((value) => (value === null ? Number.NaN : number(value)));
  expect([...result.values.subarray(0, values.length)]).to.deep.equal(values);
}

function differences(expected: unknown): unknown {
  return (expected as { differing: unknown[][] }[]).map((archive) => ({
    ...archive,
    differing: archive.differing.map((slot) => slot.map((x) => (x === null ? null : number(x)))),
  }));
}

function infoOf(header: unknown): unknown {
  const { aggregationMethod, maxRetention, xFilesFactor, archives } = header as WhisperHeader;
  return {
    aggregationMethod,
    maxRetention,
    xFilesFactor,
    archives: archives.map(({ offset, secondsPerPoint, points }) => ({
      offset,
      secondsPerPoint,
      points,
      retention: secondsPerPoint * points,
      size: points * 12,
    })),
  };
}
