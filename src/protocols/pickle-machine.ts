import type { PickleValue } from './pickle-values.js';
import { textOf } from './python-text.js';

/**
 * Why a pickle was refused. `malformed`: not a pickle, cut, or over a limit. `forbidden`: it names a
 * global, which could run code. `fatal`: what raises a TypeError, an AttributeError or an OverflowError in
 * Python's unpickler; carbon does not catch these and loses the connection.
 */
export type PickleFault = 'malformed' | 'forbidden' | 'fatal';

/**
 * The stack machine of a pickle: operands, marks and memo. The first fault stops it; after a fault every
 * operation is harmless and what it returns means nothing.
 */
export class PickleMachine {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Index of the next byte to read. */
  p = 0;
  fault: PickleFault | undefined;
  result: PickleValue | undefined;
  readonly stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo: PickleValue[] = [];
  #memoCount = 0;
  #objectsLeft: number;

  /** @param objectsMax how often anything may be pushed */
  constructor(bytes: Uint8Array, objectsMax: number) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.#objectsLeft = objectsMax;
  }

  fail(fault: PickleFault): void {
    this.fault ??= fault;
  }

  /** Takes `length` bytes of argument: returns where they start, or 0 and fails where they are not all there. */
  take(length: number): number {
    const start = this.p;
    if (length <= this.bytes.length - start) {
      this.p = start + length;
      return start;
    }
    this.fail('malformed');
    return 0;
  }

  takeByte(): number {
    return this.take(1) > 0 ? this.bytes[this.p - 1] : 0;
  }

  takeUint16(): number {
    const start = this.take(2);
    return start > 0 ? this.view.getUint16(start, true) : 0;
  }

  takeUint32(): number {
    const start = this.take(4);
    return start > 0 ? this.view.getUint32(start, true) : 0;
  }

  takeInt32(): number {
    return this.takeUint32() | 0;
  }

  /** A length of 8 bytes; one that Python cannot address is fatal there. */
  takeLength64(): number {
    const start = this.take(8);
    if (start === 0) return 0;
    const length = this.view.getBigUint64(start, true);
    if (length > 0x7fff_ffff_ffff_ffffn) this.fail('fatal');
    return Number(length);
  }

  /** A text argument: Latin-1 up to the newline, which is taken and not returned. */
  takeLine(): string {
    const newline = this.bytes.indexOf(10, this.p);
    if (newline < 0) {
      this.fail('malformed');
      return '';
    }
    const line = textOf(this.bytes, this.p, newline, 'latin1');
    this.p = newline + 1;
    return line;
  }

  /** The text of a number: C, which reads it in the original, sees the line up to a NUL. */
  takeNumber(): string {
    return this.takeLine().split('\0', 1)[0];
  }

  push(value: PickleValue): void {
    if (this.#objectsLeft-- <= 0) this.fail('malformed');
    this.stack.push(value);
  }

  /** The value that `value` is, where it is one; `undefined` is a malformed argument. */
  pushParsed(value: PickleValue | undefined): void {
    if (value === undefined) this.fail('malformed');
    else this.push(value);
  }

  /** How many values lie above the newest mark: nothing may be taken from below it. */
  get available(): number {
    return this.stack.length - (this.#marks.at(-1) ?? 0);
  }

  /** True, or fails, when `count` values may be taken. */
  has(count: number): boolean {
    if (this.available < count) this.fail('malformed');
    return this.fault === undefined;
  }

  pop(): PickleValue {
    return this.has(1) ? (this.stack.pop() as PickleValue) : null;
  }

  top(): PickleValue {
    return this.has(1) ? this.stack[this.stack.length - 1] : null;
  }

  mark(): void {
    if (this.#objectsLeft-- <= 0) this.fail('malformed');
    this.#marks.push(this.stack.length);
  }

  /** Takes the values above the newest mark, and the mark. */
  popToMark(): PickleValue[] {
    const mark = this.#marks.pop();
    if (mark === undefined) {
      this.fail('malformed');
      return [];
    }
    return this.stack.splice(mark);
  }

  /** Takes the newest value, or the newest mark when nothing lies above it. */
  drop(): void {
    if (this.#marks.length > 0 && this.available === 0) this.#marks.pop();
    else this.pop();
  }

  remember(index: number): void {
    const value = this.top();
    if (this.fault) return;
    if (this.#memo[index] === undefined) this.#memoCount++;
    this.#memo[index] = value;
  }

  rememberNext(): void {
    this.remember(this.#memoCount);
  }

  recall(index: number): void {
    this.pushParsed(this.#memo[index]);
  }
}
