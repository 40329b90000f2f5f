import type { RejectionSink } from './rejection.js';

/** What a sample is added to. */
export type SampleKind = 'counter' | 'timer' | 'gauge' | 'set';

/** Where decoded samples go. */
export interface SampleSink {
  /** `weight`: how many events the sample stands for, 1 / its sampling rate. */
  count(name: string, value: number, weight: number): void;
  time(name: string, value: number, weight: number): void;
  gauge(name: string, value: number, isDelta: boolean): void;
  member(name: string, value: string): void;
}

/** A line longer than this is refused; statsd's own limit is that of a datagram. */
export const SAMPLE_BYTES_MAX = 8192;
/** More of a member of a set is cut off. */
const MEMBER_CHARS_MAX = 256;

const KINDS: Record<string, SampleKind> = {
  c: 'counter',
  m: 'counter',
  ms: 'timer',
  h: 'timer',
  g: 'gauge',
  s: 'set',
};
const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;
const RATE = /^@(\d+\.?\d*|\.\d+)$/;

/**
 * Decodes one line of statsd's protocol, `name:value|type[|@rate]`, with several values between colons, as statsd 0.9
 * does. Names are cleaned as there: blanks become `_`, `/` becomes `-`, and what is none of `a-zA-Z0-9_.;=-` goes.
 * What is malformed is refused value by value.
 *
 * A string for each sample: unlike points, samples are gathered by name and reach no log.
 */
export function decodeSample(
  bytes: Uint8Array,
  start: number,
  end: number,
  sink: SampleSink,
  rejections: RejectionSink,
): void {
  const [key, ...values] = Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start)
    .toString('utf8')
    .trim()
    .split(':');
  const name = cleaned(key);
  if (name === '' || end - start > SAMPLE_BYTES_MAX) {
    rejections.reject('malformed-sample', bytes, start, end);
    return;
  }
  for (const value of values.length === 0 ? ['1|c'] : values)
    if (!decodeValue(name, value, sink)) rejections.reject('malformed-sample', bytes, start, end);
}

function decodeValue(name: string, field: string, sink: SampleSink): boolean {
  const [value, type, rate] = field.split('|');
  const kind = KINDS[(type ?? '').trim()];
  const weight = rate === undefined ? 1 : 1 / Number(RATE.exec(rate)?.[1] ?? Number.NaN);
  if (kind === undefined || !(weight > 0 && weight < Number.POSITIVE_INFINITY)) return false;
  if (kind === 'set') {
    sink.member(name, value.slice(0, MEMBER_CHARS_MAX));
    return true;
  }
  const number = NUMBER.test(value) ? Number(value) : Number.NaN;
  if (!Number.isFinite(number)) return false;
  if (kind === 'counter') sink.count(name, number, weight);
  else if (kind === 'gauge') sink.gauge(name, number, value[0] === '+' || value[0] === '-');
  else if (number >= 0) sink.time(name, number, weight);
  else return false;
  return true;
}

function cleaned(key: string): string {
  return key
    .replace(/\s+/g, '_')
    .replace(/\//g, '-')
    .replace(/[^a-zA-Z_\-0-9.;=]/g, '');
}
