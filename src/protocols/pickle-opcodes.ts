import type { PickleMachine } from './pickle-machine.js';
import {
  decodeQuotedString,
  decodeRawUnicodeEscape,
  decodeUtf8,
  littleEndianInteger,
  parseDecimal,
  parseInteger,
  parseIntegerOpcode,
} from './pickle-text.js';
import { isHashable, PickleSet, PickleTuple, type PickleValue } from './pickle-values.js';
import { parseDouble } from './python-text.js';

type Opcode = (machine: PickleMachine) => void;

const PROTOCOL_MAX = 5;

/**
 * What each opcode byte does: `undefined` where there is no such opcode. Format: Python's `pickletools`,
 * protocols 0 to 5. What a wrong operand leads to follows CPython 3.11's `_pickle`.
 */
export const OPCODES: (Opcode | undefined)[] = new Array(256).fill(undefined);

function define(opcodes: Record<string, Opcode>): void {
  for (const [char, opcode] of Object.entries(opcodes)) OPCODES[char.charCodeAt(0)] = opcode;
}

// Constants and numbers.
define({
  N: (m) => m.push(null),
  '\x88': (m) => m.push(true),
  '\x89': (m) => m.push(false),
  I: (m) => m.pushParsed(parseIntegerOpcode(m.takeNumber())),
  J: (m) => m.push(m.takeInt32()),
  K: (m) => m.push(m.takeByte()),
  M: (m) => m.push(m.takeUint16()),
  L: (m) => m.pushParsed(parseInteger(m.takeNumber().replace(/L$/, ''))),
  '\x8a': (m) => pushLong(m, m.takeByte()),
  '\x8b': (m) => pushLong(m, m.takeInt32()),
  F: pushFloatText,
  G: (m) => {
    const start = m.take(8);
    m.push(m.fault ? 0 : m.view.getFloat64(start));
  },
});

// Strings and bytes.
define({
  S: (m) => {
    const quoted = decodeQuotedString(m.takeLine());
    const bytes = Buffer.from(quoted ?? '', 'latin1');
    m.pushParsed(quoted === undefined ? undefined : decodeUtf8(bytes, 0, bytes.length, false));
  },
  T: (m) => pushText(m, m.takeInt32(), false),
  U: (m) => pushText(m, m.takeByte(), false),
  V: (m) => m.pushParsed(decodeRawUnicodeEscape(m.takeLine())),
  X: (m) => pushText(m, m.takeUint32(), true),
  '\x8c': (m) => pushText(m, m.takeByte(), true),
  '\x8d': (m) => pushText(m, m.takeLength64(), true),
  B: (m) => pushBytes(m, m.takeUint32()),
  C: (m) => pushBytes(m, m.takeByte()),
  '\x8e': (m) => pushBytes(m, m.takeLength64()),
  '\x96': (m) => pushBytes(m, m.takeLength64()),
  '\x98': (m) => {
    const top = m.top();
    if (!(top instanceof Uint8Array)) m.fail('fatal');
  },
});

// Containers.
define({
  ']': (m) => m.push([]),
  ')': (m) => m.push(new PickleTuple([])),
  '}': (m) => m.push(new Map()),
  '\x8f': (m) => m.push(new PickleSet([], false)),
  l: (m) => m.push(m.popToMark()),
  t: (m) => m.push(new PickleTuple(m.popToMark())),
  '\x85': (m) => pushTuple(m, 1),
  '\x86': (m) => {
    const second = m.pop();
    const first = m.pop();
    m.push(new PickleTuple([first, second]));
  },
  '\x87': (m) => pushTuple(m, 3),
  d: (m) => {
    const items = m.popToMark();
    const dict = new Map();
    setItems(m, dict, items);
    m.push(dict);
  },
  '\x91': (m) => {
    const items = m.popToMark();
    if (!items.every(isHashable)) m.fail('fatal');
    m.push(new PickleSet(items, true));
  },
  a: (m) => {
    if (m.has(2)) extend(m, [m.pop()]);
  },
  e: (m) => extend(m, m.popToMark()),
  s: (m) => {
    if (!m.has(3)) return;
    const [key, value] = m.stack.splice(-2);
    setItems(m, m.top(), [key, value]);
  },
  u: (m) => {
    const items = m.popToMark();
    if (m.has(1) && items.length > 0) setItems(m, m.top(), items);
  },
  '\x90': (m) => {
    const items = m.popToMark();
    const set = m.top();
    if (m.fault || items.length === 0) return;
    if (!(set instanceof PickleSet) || set.frozen || !items.every(isHashable)) m.fail('fatal');
    else for (const item of items) set.items.add(item);
  },
});

// Stack, memo and framing.
define({
  '(': (m) => m.mark(),
  '0': (m) => m.drop(),
  '1': (m) => m.popToMark(),
  '2': (m) => m.push(m.top()),
  g: (m) => m.recall(parseIndex(m, m.takeLine())),
  h: (m) => m.recall(m.takeByte()),
  j: (m) => m.recall(m.takeUint32()),
  p: (m) => {
    const line = m.takeLine();
    if (!m.has(1)) return;
    const index = parseIndex(m, line);
    if (index < 0) m.fail('malformed');
    m.remember(index);
  },
  q: (m) => m.remember(m.takeByte()),
  r: (m) => m.remember(m.takeUint32()),
  '\x94': (m) => m.rememberNext(),
  '\x80': (m) => {
    if (m.takeByte() > PROTOCOL_MAX) m.fail('malformed');
  },
  '\x95': (m) => {
    const length = m.takeLength64();
    if (length > m.bytes.length - m.p) m.fail('malformed');
  },
  '.': (m) => {
    m.result = m.pop();
  },
});

// Globals, extensions, persistent ids and out-of-band buffers: refused before anything is looked up.
for (const char of 'ci\x93') define({ [char]: (m) => m.fail('forbidden') });
for (const char of 'PQ\x81\x82\x83\x84\x92\x97') define({ [char]: (m) => m.fail('malformed') });

// Calls and object state: there is nothing callable, and no object with state, on the stack.
define({
  R: (m) => {
    if (m.has(2)) m.fail('fatal');
  },
  o: (m) => {
    const items = m.popToMark();
    m.fail(items.length > 0 ? 'fatal' : 'malformed');
  },
  b: build,
});

function pushLong(m: PickleMachine, length: number): void {
  if (length < 0) m.fail('malformed');
  const start = m.take(Math.max(length, 0));
  if (!m.fault) m.push(littleEndianInteger(m.bytes, start, start + length));
}

function pushFloatText(m: PickleMachine): void {
  const text = m.takeNumber();
  const number = parseDouble(text);
  if (Math.abs(number ?? 0) === Number.POSITIVE_INFINITY && /\d/.test(text)) m.fail('fatal');
  m.pushParsed(number);
}

function pushText(m: PickleMachine, length: number, surrogatePass: boolean): void {
  if (length < 0) m.fail('malformed');
  const start = m.take(Math.max(length, 0));
  if (!m.fault) m.pushParsed(decodeUtf8(m.bytes, start, start + length, surrogatePass));
}

function pushBytes(m: PickleMachine, length: number): void {
  const start = m.take(length);
  if (!m.fault) m.push(m.bytes.subarray(start, start + length));
}

function pushTuple(m: PickleMachine, count: number): void {
  if (m.has(count)) m.push(new PickleTuple(m.stack.splice(-count)));
}

/** Appends to the list on top of the stack. */
function extend(m: PickleMachine, items: PickleValue[]): void {
  const list = m.top();
  if (m.fault || items.length === 0) return;
  if (!Array.isArray(list)) m.fail('fatal');
  else for (const item of items) list.push(item);
}

/** `target[key] = value` for the pairs in a row in `items`. */
function setItems(m: PickleMachine, target: PickleValue, items: PickleValue[]): void {
  if (items.length % 2 !== 0) m.fail('malformed');
  for (let i = 0; i < items.length && !m.fault; i += 2) {
    const key = items[i];
    if (target instanceof Map && isHashable(key)) target.set(key, items[i + 1]);
    else if (Array.isArray(target) && isIndex(key)) setElement(m, target, key, items[i + 1]);
    else m.fail('fatal');
  }
}

function isIndex(key: PickleValue): key is number | bigint | boolean {
  return Number.isInteger(key) || typeof key === 'bigint' || typeof key === 'boolean';
}

function setElement(
  m: PickleMachine,
  list: PickleValue[],
  key: number | bigint | boolean,
  value: PickleValue,
): void {
  const index = Number(key);
  const at = index < 0 ? index + list.length : index;
  if (at < 0 || at >= list.length) m.fail('malformed');
  else list[at] = value;
}

/** The index of GET and PUT, a text. */
function parseIndex(m: PickleMachine, text: string): number {
  const index = parseDecimal(text);
  if (index === undefined) m.fail('malformed');
  else if (typeof index === 'bigint') m.fail('fatal');
  return typeof index === 'number' ? index : 0;
}

/** BUILD sets an object's state, or a pair of its attributes and slots: here no value has any to set. */
function build(m: PickleMachine): void {
  if (!m.has(2)) return;
  const state = m.pop();
  const pair = state instanceof PickleTuple && state.items.length === 2 ? state.items : undefined;
  const attributes = pair ? pair[0] : state;
  if (attributes !== null) m.fail(attributes instanceof Map ? 'fatal' : 'malformed');
  if (!pair) return;
  const slots = pair[1];
  if (!(slots instanceof Map)) m.fail('malformed');
  else if (slots.size > 0) m.fail('fatal');
}
