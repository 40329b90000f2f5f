import { CarbonbusError } from '../../errors.js';
import { columnDoubles, columnIntegers } from '../../protocols/codec.js';
import type {
  FileDigest,
  Gap,
  RepairReplies,
  RepairRequest,
  SlotRange,
  Slots,
} from '../../protocols/repair-messages.js';
import type { Filled, Trust } from '../../storage/whisper/file-fill.js';
import { type Clock, sleep } from '../ports/clock.js';
import type { ReplicaMessage } from '../shard/messages.js';
import { chunksOf, upToSlots } from './chunks.js';
import { bytesOfFile, differingRanges } from './differing.js';
import type { Pace } from './pace.js';

/** Names of one page, and files compared by one request. */
const PAGE_NAMES = 1_000;
const FILES = 32;
/** Slots asked for by one request: about half a megabyte. */
const SLOTS = 40_000;
/** Metrics that are looked at a second time; what is over is left to the next comparison. */
const DOUBTFUL_MAX = 10_000;
const NO_TRUST = { fromS: 0, untilS: 0 };

/** How far a comparison has come. */
export interface Progress {
  compared: number;
  metrics: number;
  bytesMoved: number;
  points: number;
}

export interface ComparisonParts {
  shard: number;
  /** Asks the peer. */
  ask: <R extends RepairRequest>(request: R) => Promise<RepairReplies[R['type']]>;
  /** Tells our replica, and waits for its answer. */
  tell: <R>(
    make: (reply: (value: R) => void, fail: (error: unknown) => void) => ReplicaMessage,
  ) => Promise<R>;
  /** Within them, the peer is right where it says something else. */
  gaps: readonly Gap[];
  /** What is younger may still be on its way in one of the two. */
  settleS: number;
  pace: Pace;
  clock: Clock;
  progress: Progress;
  /** Before and after points are copied. */
  changed: (event: 'differs' | 'copied') => void;
  signal: AbortSignal;
}

/** Compares one replica's files with those of one peer, and takes over what they lack. Nothing goes the other way. */
export class Comparison {
  readonly #parts: ComparisonParts;
  readonly #doubtful = new Set<string>();
  #decides = false;

  constructor(parts: ComparisonParts) {
    this.#parts = parts;
  }

  /** All metrics of the shard, or only some. Errors: what the peer, the disk or the bus says. */
  async run(only?: readonly string[]): Promise<void> {
    if (only === undefined) await this.#compareAll();
    else await this.#compareNamed(only);
    if (this.#doubtful.size === 0) return;
    // A value that was replaced a moment ago may be old here and new there: look again once it must have arrived.
    await sleep(this.#parts.clock, this.#parts.settleS * 1000);
    this.#decides = true;
    for (const names of chunksOf([...this.#doubtful], FILES)) await this.#compare(names);
  }

  async #compareAll(): Promise<void> {
    const { shard, ask, progress } = this.#parts;
    for (let after = ''; ; ) {
      const page = await ask({ type: 'names', shard, after, limit: PAGE_NAMES });
      progress.metrics = page.total;
      for (const names of chunksOf(page.names, FILES)) {
        await this.#compare(names);
        progress.compared += names.length;
      }
      const last = page.names.at(-1);
      if (last === undefined) return;
      if (last <= after) throw new CarbonbusError('PEER_REFUSED', 'the names are not in order');
      after = last;
    }
  }

  async #compareNamed(only: readonly string[]): Promise<void> {
    const { progress } = this.#parts;
    progress.metrics = only.length;
    for (const names of chunksOf(only, FILES)) {
      await this.#compare(names);
      progress.compared += names.length;
    }
  }

  async #compare(names: string[]): Promise<void> {
    const { shard, ask, clock, settleS, pace, signal, progress } = this.#parts;
    if (signal.aborted) throw new CarbonbusError('STOPPED', 'the node stops');
    const nowS = Math.floor(clock.nowMs() / 1000);
    const untilS = nowS - settleS;
    const { files } = await ask({ type: 'digests', shard, names, nowS, untilS });
    let bytes = 0;
    const differing: { theirs: FileDigest; ranges: SlotRange[] }[] = [];
    for (const theirs of files) {
      progress.bytesMoved += digestBytes(theirs);
      if (theirs.header.length === 0 || !names.includes(theirs.name)) continue;
      const ours = await this.#digest(theirs.name, nowS, untilS);
      bytes += bytesOfFile(theirs.header);
      const ranges = differingRanges(ours, theirs, untilS);
      // A file without a point is made as well: its metric is known to the peer.
      if (ranges.length > 0 || ours.header.length === 0) differing.push({ theirs, ranges });
    }
    if (differing.length > 0) {
      this.#parts.changed('differs');
      for (const { theirs, ranges } of differing) await this.#copy(theirs, ranges, nowS);
      this.#parts.changed('copied');
    }
    await pace.worked(bytes);
  }

  #digest(name: string, nowS: number, untilS: number): Promise<FileDigest> {
    return this.#parts.tell((reply, fail) => ({
      ...{ type: 'digest', name, nowS, untilS, putsAside: true },
      reply,
      fail,
    }));
  }

  async #copy(theirs: FileDigest, ranges: SlotRange[], nowS: number): Promise<void> {
    const { shard, ask, pace, progress } = this.#parts;
    if (ranges.length === 0) {
      const [{ stepS }] = theirs.archives;
      await this.#fill(
        theirs,
        stepS,
        { timestamps: new Uint8Array(), values: new Uint8Array() },
        nowS,
      );
    }
    for (const some of upToSlots(ranges, SLOTS)) {
      const { slots } = await ask({ type: 'slots', shard, ranges: some });
      let bytes = 0;
      for (const [i, range] of some.entries()) {
        const one = slots[i];
        bytes += one.timestamps.length + one.values.length;
        await this.#fill(theirs, range.stepS, one, nowS);
      }
      progress.bytesMoved += bytes;
      await pace.worked(bytes);
    }
  }

  async #fill({ name, header }: FileDigest, stepS: number, slots: Slots, nowS: number) {
    const timestamps = columnIntegers(slots.timestamps);
    const points = { timestamps, values: columnDoubles(slots.values) };
    const trust = this.#trust(name);
    const filled = await this.#parts.tell<Filled>((reply, fail) => ({
      ...{ type: 'fill', name, header, stepS, points, trust, nowS },
      reply,
      fail,
    }));
    this.#parts.progress.points += filled.filled + filled.replaced;
    if (filled.doubtful > 0 && this.#doubtful.size < DOUBTFUL_MAX) this.#doubtful.add(name);
  }

  /** Within which time the peer is right about a metric. */
  #trust(name: string): Trust {
    const gaps = this.#parts.gaps.filter(({ metric }) => metric === '' || metric === name);
    const decides = this.#decides;
    if (gaps.length === 0) return { ...NO_TRUST, decides };
    return {
      fromS: Math.min(...gaps.map(({ fromS }) => fromS)),
      untilS: Math.max(...gaps.map(({ untilS }) => untilS)),
      decides,
    };
  }
}

function digestBytes({ name, header, archives }: FileDigest): number {
  return archives.reduce((sum, { hashes }) => sum + hashes.length, name.length + header.length);
}
