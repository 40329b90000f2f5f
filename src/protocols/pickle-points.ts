import type { FrameDecoder } from './framed-points.js';
import { receivedTimestamp } from './line-timestamp.js';
import { NameBuffer } from './name-buffer.js';
import { decodePickle } from './pickle-decoder.js';
import { PlainPickle } from './pickle-plain.js';
import { iterate, type PickleValue } from './pickle-values.js';
import type { PointBlock } from './points.js';
import { pythonFloat, textOf } from './python-text.js';
import type { RejectionReason, RejectionSink } from './rejection.js';
import type { StreamState } from './stream-decoder.js';

/** A longer text is no number: one pickle can refer to it very often, and each time it would be parsed. */
const NUMBER_TEXT_MAX = 1000;

/** Why carbon closes a pickle connection. */
type PickleStreamFault = Extract<
  RejectionReason,
  'malformed-pickle' | 'malformed-item' | 'malformed-number' | 'bad-timestamp'
>;

/**
 * Carbon's pickle protocol: frames that hold a list of `(metric, (timestamp, value))`. As in carbon 1.1.7 a bad
 * pickle is skipped, so is an item of the wrong shape, and the errors that carbon does not catch close the
 * connection and lose the rest of the frame. Points of one name share its bytes.
 */
export class PicklePoints implements FrameDecoder {
  readonly names = new NameBuffer();
  readonly #plain = new PlainPickle();

  decodeFrame(
    frame: Uint8Array,
    block: PointBlock,
    rejections: RejectionSink,
    nowS: number,
  ): StreamState {
    if (this.#decodePlain(frame, block, nowS)) return 'open';
    const pickle = decodePickle(frame);
    if (pickle.fault === 'fatal') return 'malformed-pickle';
    if (pickle.fault) {
      rejections.reject('malformed-pickle', frame, 0, frame.length);
      return 'open';
    }
    const items = iterate(pickle.value);
    if (items === undefined) return 'malformed-pickle';
    for (const item of items) {
      const fault = this.#decodeItem(item, block, nowS);
      if (fault?.closes) return fault.reason;
      if (fault) rejections.reject(fault.reason, frame, 0, frame.length);
    }
    return 'open';
  }

  /** False, and nothing changed, where the frame is not one for the fast path. */
  #decodePlain(frame: Uint8Array, block: PointBlock, nowS: number): boolean {
    const count = block.count;
    const base = this.names.addBytes(frame);
    block.bytes = this.names.bytes;
    if (this.#plain.decode(frame, base, block, nowS)) return true;
    this.names.removeBytes(base);
    block.count = count;
    return false;
  }

  #decodeItem(item: PickleValue, block: PointBlock, nowS: number): ItemFault | undefined {
    const [name, datapoint] = pairOf(item) ?? NO_PAIR;
    const [time, number] = (datapoint === undefined ? undefined : pairOf(datapoint)) ?? NO_PAIR;
    if (name === undefined || time === undefined || number === undefined) return NO_POINT;
    const timestamp = toFloat(time);
    if (typeof timestamp === 'object') return timestamp;
    const value = toFloat(number);
    if (typeof value === 'object') return value;
    if (typeof name !== 'string') return NO_NAME;
    if (Number.isNaN(value)) return NAN_VALUE;
    if (!Number.isFinite(timestamp)) return BAD_TIMESTAMP;
    const stored = this.names.add(name);
    if (!stored) return INVALID_NAME;
    block.bytes = this.names.bytes;
    const received = receivedTimestamp(timestamp, nowS);
    block.append(stored.start, stored.end, received, value, stored.unusual);
    return undefined;
  }
}

type ItemFault =
  | { reason: RejectionReason; closes: false }
  | { reason: PickleStreamFault; closes: true };

const NO_POINT: ItemFault = { reason: 'malformed-item', closes: false };
const NO_NUMBER: ItemFault = { reason: 'malformed-number', closes: false };
const NAN_VALUE: ItemFault = { reason: 'nan-value', closes: false };
const INVALID_NAME: ItemFault = { reason: 'invalid-utf8', closes: false };
const OVERFLOW: ItemFault = { reason: 'malformed-number', closes: true };
const NO_NAME: ItemFault = { reason: 'malformed-item', closes: true };
const BAD_TIMESTAMP: ItemFault = { reason: 'bad-timestamp', closes: true };

const NO_PAIR: [undefined, undefined] = [undefined, undefined];

/** What Python's `(a, b) = value` gives: of a text its two characters, of a dict its two keys. */
function pairOf(value: PickleValue): [PickleValue, PickleValue] | undefined {
  const items = iterate(value);
  if (!items) return undefined;
  const [first, second, third] = items;
  return second === undefined || third !== undefined ? undefined : [first, second];
}

/** Python's `float(value)`, or what its ValueError, TypeError or OverflowError leads to. */
function toFloat(value: PickleValue): number | ItemFault {
  if (typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value === 'bigint') {
    const float = Number(value);
    return Number.isFinite(float) ? float : OVERFLOW;
  }
  const text = numberText(value);
  return (text === undefined ? undefined : pythonFloat(text)) ?? NO_NUMBER;
}

/** The text of a number: Python takes a `str` or ASCII `bytes`. */
function numberText(value: PickleValue): string | undefined {
  if (typeof value === 'string') return value.length <= NUMBER_TEXT_MAX ? value : undefined;
  if (!(value instanceof Uint8Array) || value.length > NUMBER_TEXT_MAX) return undefined;
  return value.every((byte) => byte < 0x80) ? textOf(value, 0, value.length, 'latin1') : undefined;
}
