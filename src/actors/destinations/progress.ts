import type { LogPlace } from '../ports/log.js';

/** Sequences of a log, `[from, to)`. */
export interface Gap {
  readonly from: number;
  readonly to: number;
}

/** How far a destination has come in the log of one shard: all below `next` but the gaps. */
export interface ShardProgress {
  readonly next: number;
  /** When the log got the message before `next`, ms since the epoch; 0 where nobody knows. */
  readonly storedAtMs: number;
  /** Left out, to be read later; ascending. */
  readonly gaps: readonly Gap[];
}

interface Snapshot {
  atMs: number;
  /** What had been given to the system, in bytes. */
  bytesWritten: number;
  shards: readonly ShardProgress[];
}

/** How long and for how many bytes a destination is not believed to have what it was sent. */
export interface Holdback {
  readonly ms: number;
  readonly bytes: number;
}

const SNAPSHOTS_MAX = 128;
/** More gaps are joined: what lies between is sent again. */
const GAPS_MAX = 16;

/**
 * How far a destination has come, and how far it surely has: Carbon's protocols acknowledge nothing, and what lies in
 * the buffers of a connection that breaks, or in the memory of a daemon that dies, is lost. So what was sent counts only
 * after some time, and after some bytes more.
 */
export class Progress {
  readonly #holdback: Holdback;
  readonly #shards: ShardProgress[];
  /** By time; the first one is sure. */
  readonly #snapshots: Snapshot[];

  /** @param from where each shard begins; all below is sure */
  constructor(from: readonly ShardProgress[], holdback: Holdback) {
    this.#holdback = holdback;
    this.#shards = [...from];
    this.#snapshots = [{ atMs: Number.NEGATIVE_INFINITY, bytesWritten: 0, shards: [...from] }];
  }

  shard(shard: number): ShardProgress {
    return this.#shards[shard];
  }

  /** All up to this message of the log has been sent, but what is a gap. */
  advance(shard: number, { sequence, storedAtMs }: LogPlace): void {
    this.#shards[shard] = { next: sequence + 1, storedAtMs, gaps: this.#shards[shard].gaps };
  }

  /** Goes on at `next` at once; what lies before it is left for later. */
  skipTo(shard: number, next: number): void {
    const { next: from, gaps } = this.#shards[shard];
    if (next <= from) return;
    this.#shards[shard] = { next, storedAtMs: 0, gaps: joined([...gaps, { from, to: next }]) };
  }

  /** The end of the last gap from `from` on has been sent. */
  fill(shard: number, from: number): void {
    const { next, storedAtMs, gaps } = this.#shards[shard];
    const last = gaps[gaps.length - 1];
    const rest = gaps.slice(0, -1);
    if (from > last.from) rest.push({ from: last.from, to: from });
    this.#shards[shard] = { next, storedAtMs, gaps: rest };
  }

  /** A log has other messages now, from `next` on: what was sent of it before says nothing of them. */
  restart(shard: number, next: number): void {
    const anew: ShardProgress = { next, storedAtMs: 0, gaps: [] };
    this.#shards[shard] = anew;
    for (const snapshot of this.#snapshots) snapshot.shards = snapshot.shards.with(shard, anew);
  }

  /** Notes how far it has come, as of now. */
  note(nowMs: number, bytesWritten: number): void {
    this.#snapshots.push({ atMs: nowMs, bytesWritten, shards: [...this.#shards] });
    if (this.#snapshots.length > SNAPSHOTS_MAX) this.#thinOut(nowMs);
  }

  /**
   * How far it surely has come.
   *
   * @param bytesTaken bytes that the system has taken
   */
  sure(nowMs: number, bytesTaken: number): readonly ShardProgress[] {
    const { ms, bytes } = this.#holdback;
    const isSure = (snapshot: Snapshot): boolean =>
      nowMs - snapshot.atMs >= ms && bytesTaken - snapshot.bytesWritten >= bytes;
    while (this.#snapshots.length > 1 && isSure(this.#snapshots[1])) this.#snapshots.shift();
    return this.#snapshots[0].shards;
  }

  /** Back to what is sure: the rest is sent again. */
  rewind(nowMs: number, bytesTaken: number): void {
    const sure = this.sure(nowMs, bytesTaken);
    this.#shards.splice(0, this.#shards.length, ...sure);
    this.#snapshots.splice(1);
  }

  /** Drops the one that is missed least: the older, the farther from each other they may be. */
  #thinOut(nowMs: number): void {
    const snapshots = this.#snapshots;
    let least = 1;
    let leastShare = Number.POSITIVE_INFINITY;
    for (let i = 1; i < snapshots.length - 1; i++) {
      const hole = snapshots[i + 1].atMs - snapshots[i - 1].atMs;
      const share = hole / (nowMs - snapshots[i].atMs);
      if (share < leastShare) {
        least = i;
        leastShare = share;
      }
    }
    snapshots.splice(least, 1);
  }
}

function joined(gaps: readonly Gap[]): Gap[] {
  if (gaps.length <= GAPS_MAX) return [...gaps];
  const [first, second, ...rest] = gaps;
  return [{ from: first.from, to: second.to }, ...rest];
}
