/** A kind of local time that a zone has or had. */
interface LocalTimeType {
  readonly offsetS: number;
  /** Such as CET. */
  readonly abbreviation: string;
}

const HEADER_BYTES = 44;
const TYPE_BYTES = 6;

/** The abbreviations in a file of the time zone database, by time and offset. Source of the format: RFC 8536. */
export class ZoneFile {
  readonly #transitions: readonly { readonly epochS: number; readonly type: LocalTimeType }[];
  readonly #types: readonly LocalTimeType[];

  /** Undefined for what is not such a file. */
  static parse(bytes: Uint8Array): ZoneFile | undefined {
    const block = lastBlock(bytes);
    return block === undefined ? undefined : new ZoneFile(block);
  }

  private constructor({ view, at, wide }: Block) {
    const { times, types, characters } = counts(view, at);
    const timesAt = at + HEADER_BYTES;
    const indexesAt = timesAt + times * wide;
    const typesAt = indexesAt + times;
    const textAt = typesAt + types * TYPE_BYTES;
    this.#types = Array.from({ length: types }, (_, i) => {
      const typeAt = typesAt + i * TYPE_BYTES;
      const start = textAt + view.getUint8(typeAt + 5);
      return {
        offsetS: view.getInt32(typeAt),
        abbreviation: textFrom(view, start, textAt + characters),
      };
    });
    this.#transitions = Array.from({ length: times }, (_, i) => {
      const timeAt = timesAt + i * wide;
      const epochS = wide === 8 ? Number(view.getBigInt64(timeAt)) : view.getInt32(timeAt);
      return { epochS, type: this.#types[view.getUint8(indexesAt + i)] };
    });
  }

  /** How the zone calls its time at an instant at which it is `offsetS` east of UTC. */
  abbreviation(epochS: number, offsetS: number): string | undefined {
    const now = this.#transitions.findLast((transition) => transition.epochS <= epochS)?.type;
    if (now?.offsetS === offsetS) return now.abbreviation;
    // After the last transition that the file lists, as with a zone that has none, the offset has to tell.
    const types = [...this.#types, ...this.#transitions.map(({ type }) => type)];
    return types.findLast((type) => type.offsetS === offsetS)?.abbreviation;
  }
}

interface Block {
  readonly view: DataView;
  readonly at: number;
  /** Bytes of a time. */
  readonly wide: 4 | 8;
}

/** From version 2 on a second block follows, with times of 64 bits. */
function lastBlock(bytes: Uint8Array): Block | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  if (!isHeader(view, 0)) return undefined;
  const first: Block = { view, at: 0, wide: 4 };
  if (view.getUint8(4) === 0) return fits(first) ? first : undefined;
  const second: Block = { view, at: blockBytes(first), wide: 8 };
  return isHeader(view, second.at) && fits(second) ? second : undefined;
}

function isHeader(view: DataView, at: number): boolean {
  return view.byteLength >= at + HEADER_BYTES && view.getUint32(at) === 0x545a6966; // "TZif"
}

function fits(block: Block): boolean {
  return block.at + blockBytes(block) <= block.view.byteLength;
}

function blockBytes({ view, at, wide }: Block): number {
  const { times, types, characters, leaps, standards, universals } = counts(view, at);
  return (
    HEADER_BYTES +
    times * (wide + 1) +
    types * TYPE_BYTES +
    characters +
    leaps * (wide + 4) +
    standards +
    universals
  );
}

function counts(view: DataView, at: number) {
  const [universals, standards, leaps, times, types, characters] = [0, 1, 2, 3, 4, 5].map((i) =>
    view.getUint32(at + 20 + 4 * i),
  );
  return { universals, standards, leaps, times, types, characters };
}

function textFrom(view: DataView, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end && view.getUint8(at) !== 0; at++) {
    text += String.fromCharCode(view.getUint8(at));
  }
  return text;
}
