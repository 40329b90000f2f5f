import { unreachable } from '../../assert.js';
import { columnBytes } from '../../protocols/codec.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import type {
  CachedMessage,
  FoundMessage,
  LocateReply,
  Location,
} from '../../protocols/messages.js';
import { overlay, overlayRolledUp } from '../../query/merge.js';
import type { Series } from '../../query/series.js';
import type { MetricIndex } from '../../storage/metric-index.js';
import type { MetricTable } from '../../storage/metric-table.js';
import { type PointQueue, QueuedPoints } from '../../storage/point-queue.js';
import { aggregateOf } from '../../storage/whisper/aggregation.js';
import { AskedTime, type ColumnRoom } from '../../storage/whisper/fetch.js';
import type { WhisperStore } from '../../storage/whisper/store.js';
import type { Clock } from '../ports/clock.js';
import type { FetchMatchingMessage, FetchMessage, ReadMessage } from './messages.js';
import { ReplicaFinds } from './replica-finds.js';
import type { ShardLog } from './replica-logs.js';
import { checkWanted } from './wanted.js';

/** Of reads of many series: one of a few, which comes meanwhile, waits for no more than the slice that it falls into. */
const READ_SLICE_MS = 1;
/** So many series are read at once; for more a read waits for its turn from the beginning. */
const SHORT_READ = 8;
/** How far back `locate` looks into a file for the newest point, in points of its finest archive. */
const LOCATE_POINTS = 1000;

type Fetch = Pick<FetchMessage, 'names' | 'places' | 'window' | 'series' | 'isWanted'>;
/** Where the replica is, and in what state. */
type Standing = Pick<ReplicaReport, 'shard' | 'state'>;

/** Answers questions about a replica's metrics: the file first, then what waits in the queue over it. */
export class ReplicaReads {
  readonly #store: WhisperStore;
  readonly #finds: ReplicaFinds;
  readonly #table: MetricTable;
  readonly #queue: PointQueue;
  readonly #logs: readonly ShardLog[];
  readonly #clock: Clock;
  readonly #points = new QueuedPoints();

  constructor(
    parts: { store: WhisperStore; index: MetricIndex; logs: readonly ShardLog[]; clock: Clock },
    table: MetricTable,
    queue: PointQueue,
  ) {
    this.#store = parts.store;
    this.#finds = new ReplicaFinds(parts.index, table, parts.clock);
    this.#clock = parts.clock;
    this.#table = table;
    this.#queue = queue;
    this.#logs = parts.logs;
  }

  /** Replies to the asker; a failure to read goes to the asker too and harms nobody else. */
  answer(message: ReadMessage, standing: Standing, report: () => ReplicaReport): void {
    try {
      this.#reply(message, standing, report);
    } catch (error) {
      message.fail(error);
    }
  }

  #reply(message: ReadMessage, standing: Standing, report: () => ReplicaReport): void {
    switch (message.type) {
      case 'find':
        this.#finds.find(message, standing).then(message.reply, message.fail);
        break;
      case 'fetch':
        this.#fetchAll(message, (i) => this.#table.find(message.names[message.places[i]])).then(
          message.reply,
          message.fail,
        );
        break;
      case 'fetchMatching':
        this.#fetchMatching(message, standing).then(message.reply, message.fail);
        break;
      case 'cached':
        message.reply(message.names.map((name) => this.#cached(name)));
        break;
      case 'locate':
        message.reply(this.#locate(message.name, message.nowS, report()));
        break;
      default:
        unreachable(message, 'read message');
    }
  }

  async #fetchMatching(
    { query, limit, into, window, isWanted }: FetchMatchingMessage,
    standing: Standing,
  ): Promise<FoundMessage> {
    const search = { query, limit, namesOnly: false, leavesOnly: true, isWanted };
    const found = await this.#finds.find(search, standing);
    const first = into.take(found, standing.shard);
    if (first === undefined) return found;
    const places: number[] = [];
    for (let i = 0; i < found.leaves.length; i++) places.push(first + i);
    const { names, series } = into;
    const ids = this.#finds.idsOf(found);
    await this.#fetchAll({ names, places, window, series, isWanted }, (i) =>
      ids[i] < 0 ? undefined : ids[i],
    );
    return found;
  }

  /**
   * In slices: each series is read at one time, but not all of them at the same.
   *
   * @param idOf the id of the metric at one of the places
   */
  async #fetchAll(
    { names, places, window, series, isWanted }: Fetch,
    idOf: (i: number) => number | undefined,
  ): Promise<void> {
    if (places.length > SHORT_READ) await this.#clock.yieldNow();
    checkWanted(isWanted);
    const time = new AskedTime(window.fromS, window.untilS, window.nowS);
    let place = 0;
    const room: ColumnRoom = (startS, endS, stepS) => series.add(place, startS, endS, stepS);
    let startedMs = this.#clock.monotonicMs();
    for (let i = 0; i < places.length; i++) {
      place = places[i];
      this.#fetch(idOf(i), names[place], time, room);
      if (this.#clock.monotonicMs() - startedMs < READ_SLICE_MS) continue;
      await this.#clock.yieldNow();
      checkWanted(isWanted);
      startedMs = this.#clock.monotonicMs();
    }
  }

  #fetch(id: number | undefined, name: string, time: AskedTime, room: ColumnRoom): void {
    const queued = id === undefined ? 0 : this.#queue.length(id);
    const found =
      this.#store.fetchOf(id, name, time, room) ??
      (queued > 0 ? this.#store.emptySeries(name, time, room) : null);
    if (found === null || id === undefined || queued === 0) return;
    const { startS, endS, stepS, values } = found;
    this.#queue.copy(id, this.#points);
    this.#overlay(id, { name, startS, endS, stepS, values });
  }

  /** Lays the copied points over a series; where its step is a coarse one, as the file will have them. */
  #overlay(id: number, series: Series): void {
    const { timestamps, values, count } = this.#points;
    const { archives, aggregationMethod } = this.#store.headerOrNew(id, series.name);
    const finestStepS = archives[0].secondsPerPoint;
    if (series.stepS === finestStepS) {
      overlay(series, timestamps, values, count);
    } else {
      const total = series.stepS / finestStepS;
      const aggregate = (known: readonly number[]): number =>
        aggregateOf(aggregationMethod, known, total);
      overlayRolledUp(series, timestamps, values, count, finestStepS, aggregate);
    }
  }

  #cached(name: string): CachedMessage {
    const id = this.#table.find(name);
    if (id !== undefined) this.#queue.copy(id, this.#points);
    const count = id === undefined ? 0 : this.#points.count;
    return {
      name,
      timestamps: columnBytes(this.#points.timestamps.slice(0, count)),
      values: columnBytes(this.#points.values.slice(0, count)),
    };
  }

  #locate(name: string, nowS: number, replica: ReplicaReport): LocateReply {
    const id = this.#table.find(name);
    return {
      replica,
      newestSequence: id === undefined ? 0 : this.#queue.newestSequence(id),
      newestFrom: this.#logs[id === undefined ? 0 : this.#queue.newestLog(id)].datacentre,
      file: this.#store.path(name),
      stepS: this.#store.headerOrNew(id, name).archives[0].secondsPerPoint,
      locations: [this.#inQueue(id), this.#inFile(id, name, nowS)],
    };
  }

  #inQueue(id: number | undefined): Location {
    const location: Location = {
      place: 'queue',
      points: 0,
      newestTimestamp: null,
      newestValue: null,
    };
    if (id === undefined) return location;
    this.#queue.copy(id, this.#points);
    const { timestamps, values, count } = this.#points;
    location.points = count;
    for (let i = 0; i < count; i++) {
      if (location.newestTimestamp !== null && timestamps[i] < location.newestTimestamp) continue;
      location.newestTimestamp = timestamps[i];
      location.newestValue = values[i];
    }
    return location;
  }

  #inFile(id: number | undefined, name: string, nowS: number): Location {
    const location: Location = {
      place: 'file',
      points: 0,
      newestTimestamp: null,
      newestValue: null,
    };
    const header = this.#store.header(id, name);
    if (header === null) return location;
    const { secondsPerPoint } = header.archives[0];
    const fromS = nowS - secondsPerPoint * LOCATE_POINTS;
    const series = this.#store.fetch(id, name, fromS, nowS, nowS);
    if (series === null) return location;
    for (let i = 0; i < series.values.length; i++) {
      if (Number.isNaN(series.values[i])) continue;
      location.points++;
      location.newestTimestamp = series.startS + i * series.stepS;
      location.newestValue = series.values[i];
    }
    return location;
  }
}
