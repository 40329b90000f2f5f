import { receivedTimestamp } from './line-timestamp.js';
import type { PointBlock } from './points.js';

const PROTO = 0x80;
const FRAME = 0x95;
const EMPTY_LIST = 0x5d;
const MARK = 0x28;
const APPEND = 0x61;
const APPENDS = 0x65;
const STOP = 0x2e;
const TUPLE2 = 0x86;
const BINUNICODE = 0x58;
const SHORT_BINUNICODE = 0x8c;
const SHORT_BINSTRING = 0x55;
const BINGET = 0x68;
const LONG_BINGET = 0x6a;
const BINPUT = 0x71;
const LONG_BINPUT = 0x72;
const MEMOIZE = 0x94;
const BINFLOAT = 0x47;
const BININT = 0x4a;
const BININT1 = 0x4b;
const BININT2 = 0x4d;
const LONG1 = 0x8a;

/** Memo entries that the fast path keeps: those of 5,000 points. Carbon sends 500 in a frame. */
const MEMO_MAX = 16384;
const NO_NAME = 0xffff_ffff;
const NONE = -1;

/**
 * The fast path of the pickle protocol: frames as Python's pickler and carbon's relays write them, a list
 * of `(name, (timestamp, value))` in binary opcodes, with ASCII names and plain numbers. Like the fast path of
 * the line protocol it makes no string and no object, and it accepts only what is certainly good.
 */
export class PlainPickle {
  #bytes: Uint8Array = new Uint8Array(0);
  #view: DataView = new DataView(new ArrayBuffer(0));
  /** Index of the next opcode, or `NONE` once the frame turned out not to be plain. */
  #p = NONE;
  #nameStart = 0;
  #nameEnd = 0;
  #unusual = 0;
  readonly #number = new Float64Array(1);
  /** Names by memo index, up to `#memoCount`; `NO_NAME` for other objects. */
  readonly #memoStart = new Uint32Array(MEMO_MAX);
  readonly #memoEnd = new Uint32Array(MEMO_MAX);
  readonly #memoUnusual = new Uint8Array(MEMO_MAX);
  #memoCount = 0;

  /**
   * Appends the points of `frame`, whose bytes lie at `base` in `block.bytes` too.
   *
   * @returns false where the frame is not plain: `block` may then hold points of it that have to go
   */
  decode(frame: Uint8Array, base: number, block: PointBlock, nowS: number): boolean {
    this.#bytes = frame;
    this.#view = new DataView(frame.buffer, frame.byteOffset, frame.length);
    this.#memoCount = 0;
    this.#p = frame[0] === PROTO && frame[1] <= 5 ? 2 : 0;
    this.#skipFrame();
    this.#expect(EMPTY_LIST);
    this.#remember(NO_NAME, 0, 0);
    while (this.#p >= 0 && frame[this.#p] !== STOP) {
      const batch = frame[this.#p] === MARK;
      if (batch) this.#p++;
      do this.#decodeItem(base, block, nowS);
      while (batch && this.#p >= 0 && frame[this.#p] !== APPENDS);
      this.#expect(batch ? APPENDS : APPEND);
      this.#skipFrame();
    }
    return this.#p >= 0;
  }

  #decodeItem(base: number, block: PointBlock, nowS: number): void {
    this.#takeName();
    const start = base + this.#nameStart;
    const end = base + this.#nameEnd;
    this.#takeNumber();
    const timestamp = this.#number[0];
    this.#takeNumber();
    const value = this.#number[0];
    this.#expect(TUPLE2);
    this.#remember(NO_NAME, 0, 0);
    this.#expect(TUPLE2);
    this.#remember(NO_NAME, 0, 0);
    if (Number.isNaN(value) || !Number.isFinite(timestamp)) this.#p = NONE;
    if (this.#p < 0) return;
    block.append(start, end, receivedTimestamp(timestamp, nowS), value, this.#unusual);
  }

  #expect(opcode: number): void {
    this.#p = this.#p >= 0 && this.#bytes[this.#p] === opcode ? this.#p + 1 : NONE;
  }

  #skipFrame(): void {
    if (this.#p < 0 || this.#bytes[this.#p] !== FRAME) return;
    const start = this.#p + 9;
    const fits =
      start <= this.#bytes.length &&
      this.#view.getUint32(this.#p + 5, true) === 0 &&
      this.#view.getUint32(this.#p + 1, true) <= this.#bytes.length - start;
    this.#p = fits ? start : NONE;
  }

  #takeName(): void {
    this.#skipFrame();
    const p = this.#p;
    const opcode = p < 0 ? NONE : this.#bytes[p];
    if (opcode === SHORT_BINUNICODE || opcode === SHORT_BINSTRING)
      this.#scanName(p + 2, this.#bytes[p + 1]);
    else if (opcode === BINUNICODE && p + 5 <= this.#bytes.length)
      this.#scanName(p + 5, this.#view.getUint32(p + 1, true));
    else if (opcode === BINGET) this.#recallName(this.#bytes[p + 1], p + 2);
    else if (opcode === LONG_BINGET && p + 5 <= this.#bytes.length)
      this.#recallName(this.#view.getUint32(p + 1, true), p + 5);
    else this.#p = NONE;
  }

  #scanName(start: number, length: number): void {
    const bytes = this.#bytes;
    const end = start + length;
    if (!(end < bytes.length)) {
      this.#p = NONE;
      return;
    }
    let unusual = length > 0 && bytes[start] === 0x7e ? 1 : 0;
    let all = 0;
    for (let p = start; p < end; p++) {
      const byte = bytes[p];
      all |= byte;
      if (byte === 0x3b || byte === 0x7b) unusual = 1;
    }
    this.#nameStart = start;
    this.#nameEnd = end;
    this.#unusual = unusual;
    this.#p = all < 0x80 ? end : NONE;
    this.#remember(start, end, unusual);
  }

  #recallName(index: number, p: number): void {
    if (!(index < this.#memoCount) || this.#memoStart[index] === NO_NAME) {
      this.#p = NONE;
      return;
    }
    this.#nameStart = this.#memoStart[index];
    this.#nameEnd = this.#memoEnd[index];
    this.#unusual = this.#memoUnusual[index];
    this.#p = p;
  }

  #takeNumber(): void {
    this.#skipFrame();
    const p = this.#p;
    const opcode = p < 0 ? NONE : this.#bytes[p];
    if (opcode === BINFLOAT) {
      if (this.#advance(9)) this.#number[0] = this.#view.getFloat64(p + 1);
    } else if (opcode === BININT) {
      if (this.#advance(5)) this.#number[0] = this.#view.getInt32(p + 1, true);
    } else if (opcode === BININT1) {
      if (this.#advance(2)) this.#number[0] = this.#bytes[p + 1];
    } else if (opcode === BININT2) {
      if (this.#advance(3)) this.#number[0] = this.#view.getUint16(p + 1, true);
    } else if (opcode === LONG1 && this.#bytes[p + 1] === 5) {
      // Five bytes: from 2^31 up to 2^39, as counters and times beyond 2038 come.
      if (this.#advance(7))
        this.#number[0] = this.#view.getInt8(p + 6) * 2 ** 32 + this.#view.getUint32(p + 2, true);
    } else this.#p = NONE;
  }

  #advance(length: number): boolean {
    this.#p = this.#p + length <= this.#bytes.length ? this.#p + length : NONE;
    return this.#p >= 0;
  }

  /** Passes over the memo opcode that may follow an object. The memo has to fill up in order. */
  #remember(start: number, end: number, unusual: number): void {
    const p = this.#p;
    if (p < 0) return;
    const opcode = this.#bytes[p];
    if (this.#memoCount === 0 && opcode === BINPUT && this.#bytes[p + 1] === 1) {
      this.#memoStart[0] = NO_NAME; // Python 2 counts from 1
      this.#memoCount = 1;
    }
    const index = this.#memoCount;
    if (opcode === MEMOIZE) this.#p = p + 1;
    else if (opcode === BINPUT && this.#bytes[p + 1] === index) this.#p = p + 2;
    else if (opcode === LONG_BINPUT && this.#isIndex(p + 1, index)) this.#p = p + 5;
    else if (opcode === BINPUT || opcode === LONG_BINPUT) this.#p = NONE;
    else return;
    if (index >= MEMO_MAX) {
      this.#p = NONE;
      return;
    }
    this.#memoStart[index] = start;
    this.#memoEnd[index] = end;
    this.#memoUnusual[index] = unusual;
    this.#memoCount = index + 1;
  }

  #isIndex(p: number, index: number): boolean {
    return p + 4 <= this.#bytes.length && this.#view.getUint32(p, true) === index;
  }
}
