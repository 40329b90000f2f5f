import { CarbonbusError } from '../../errors.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { PointQueue } from '../../storage/point-queue.js';
import type { TimeRange } from '../../storage/whisper/pending-roll-ups.js';
import { Checkpointer, type CheckpointerParts, type SaveCheckpoint } from './checkpointer.js';
import type { DrainMessage } from './messages.js';
import type { ReplicaGaps } from './replica-gaps.js';
import type { ReplicaLife } from './replica-life.js';
import type { ReplicaLogs } from './replica-logs.js';
import type { ReplicaTags } from './replica-tags.js';
import { Writer, type WriterParts } from './writer.js';

/** Open files looked at with each checkpoint, in turn: one that was removed must not take points for ever. */
const OPEN_FILES_CHECKED = 64;
/** A disk that refused writes is tried again after this long. */
const DISK_RETRY_MS = 5_000;
/** For the disk to take what is in the page cache when a node stops, besides its time to write. */
const LAST_SYNC_MS = 2_500;
/** How often it is looked whether something is due: to a twentieth of WRITE_DELAY, within these bounds. */
const TICK_MIN_MS = 100;
const TICK_MAX_MS = 500;

/** How a replica writes, and when its checkpoints are saved; the rest is the replica's own. */
export interface WritingParts
  extends Omit<WriterParts, 'queue' | 'table' | 'madeAnew'>,
    Omit<CheckpointerParts, 'queue' | 'table'> {
  shard: number;
  dataFolder: string;
}

/** What the replica shares with its writing. */
export interface Written {
  queue: PointQueue;
  table: MetricTable;
  logs: ReplicaLogs;
  tags: ReplicaTags;
  gaps: ReplicaGaps;
  life: ReplicaLife;
  /** Told of a metric whose file was damaged, and was made anew. */
  madeAnew: (name: string) => void;
  /** Told when a disk that had refused writes takes them again. */
  healed: () => void;
}

/**
 * Everything that a replica does to its disk by itself: points, roll-ups, names, checkpoints. It bears with a disk that
 * refuses: the replica is `degraded` until a later try succeeds.
 */
export class ReplicaWriting {
  checkpointsSaved = 0;
  readonly writer: Writer;
  readonly #parts: WritingParts;
  readonly #with: Written;
  readonly #checkpointer: Checkpointer;
  #diskRetryAtMs = 0;

  constructor(parts: WritingParts, shared: Written) {
    this.#parts = parts;
    this.#with = shared;
    const own = { ...parts, ...shared };
    this.writer = new Writer(own);
    this.#checkpointer = new Checkpointer(own);
  }

  /** When nothing more is due at once, the next slice is wanted after so long. */
  get tickMs(): number {
    return Math.min(TICK_MAX_MS, Math.max(TICK_MIN_MS, this.#parts.writeDelayMs / 20));
  }

  /** One slice of writing. Returns whether more is due at once. */
  slice(): boolean {
    const degraded = this.#isDegraded;
    if (degraded && this.#parts.clock.monotonicMs() < this.#diskRetryAtMs) return false;
    if (!this.#onDisk(() => this.flushTags())) return false;
    const outcome = this.writer.slice(degraded);
    if (outcome.type === 'disk') {
      this.#diskRefused(outcome.code);
      return false;
    }
    if (degraded) {
      this.#with.life.tell({ type: 'diskHealed' });
      this.#with.healed();
    }
    const more = outcome.type === 'more';
    return more && !this.#checkpointer.isLate ? true : this.#rollUp(false) || more;
  }

  /** A file whose name tells nothing must not be there before its name is. */
  flushTags(): void {
    this.#parts.store.lettingGo(() => this.#with.tags.flush());
  }

  /** Looks how far the files have come, and saves what may be saved. */
  lookAtCheckpoint(): void {
    if (this.#with.life.state === 'recovering') return;
    this.#parts.store.checkOpenFiles(OPEN_FILES_CHECKED);
    this.#checkpointer.look(this.#with.logs.newest, this.#saveCheckpoint);
  }

  /** Takes over what the last process owed to the coarser archives of the metrics in the table. */
  takeOver(owed: TimeRange | undefined): void {
    this.#checkpointer.takeOver(owed);
  }

  /**
   * Writes what it can until `untilMs`; what is left is in the log, behind the checkpoint. A replica that ends, and does not only rest,
   * waits for the disk besides, so that its last checkpoint is not held back.
   */
  async drain({ type, untilMs }: DrainMessage): Promise<void> {
    const { life } = this.#with;
    life.tell({ type: 'drain' });
    const { clock, store } = this.#parts;
    while (clock.monotonicMs() < untilMs && this.#drainSlice() === 'more') await clock.yieldNow();
    this.lookAtCheckpoint();
    if (type === 'drain') await this.#saveLast(untilMs + LAST_SYNC_MS);
    store.close();
    life.tell({ type: type === 'rest' ? 'rested' : 'drained' });
  }

  get #isDegraded(): boolean {
    return this.#with.life.state === 'degraded';
  }

  #drainSlice(): 'more' | 'done' {
    const written = this.writer.slice(true).type;
    if (written === 'disk') return 'done';
    if (written === 'more') return 'more';
    return this.#rollUp(true) ? 'more' : 'done';
  }

  /** One slice of rolling up. Returns whether more is due at once. */
  #rollUp(eager: boolean): boolean {
    let isMoreDue = false;
    this.#onDisk(() => {
      isMoreDue = this.#checkpointer.rollUp(eager);
    });
    return isMoreDue;
  }

  async #saveLast(untilMs: number): Promise<void> {
    const { shard, log } = this.#parts;
    const outcome = await this.#checkpointer.finish(untilMs, this.#saveCheckpoint);
    if (outcome === 'late') {
      log.warn(
        { shard },
        'the disk is slow: the next start reads the log from an earlier checkpoint',
      );
    }
  }

  readonly #saveCheckpoint: SaveCheckpoint = (arrival, owed) => {
    const { tags, logs, gaps } = this.#with;
    const isSaved = this.#onDisk(() => {
      this.#parts.store.lettingGo(() => {
        gaps.flush();
        tags.flush();
        logs.save(arrival, owed, this.#parts.clock.nowMs());
      });
    });
    if (!isSaved) return;
    this.#checkpointer.saved = arrival;
    this.checkpointsSaved++;
  };

  #diskRefused(code: string): void {
    const { clock, log, shard, dataFolder } = this.#parts;
    this.#diskRetryAtMs = clock.monotonicMs() + DISK_RETRY_MS;
    if (!this.#isDegraded) {
      log.error(
        { shard, code, dataFolder },
        'the disk refuses writes; the log keeps the points until it takes them again',
      );
    }
    this.#with.life.tell({ type: 'diskFailed', code });
  }

  /** Does what changes the disk. False if the disk refuses. Anything else that is thrown is a bug, and for the supervisor. */
  #onDisk(work: () => void): boolean {
    try {
      work();
      return true;
    } catch (error) {
      if (!(error instanceof CarbonbusError)) throw error;
      this.#diskRefused(error.code);
      return false;
    }
  }
}
