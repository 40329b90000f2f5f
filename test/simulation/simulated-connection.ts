import type { IngestBacklog, IngestMessage, IngestSource } from '../../src/actors/ports/bus.js';
import { sleep } from '../../src/actors/ports/clock.js';
import {
  LOG_CUT_BACK,
  type LogMessage,
  type LogPlace,
  type LogReader,
  type LogState,
  type LogWriter,
  type PublishOutcome,
} from '../../src/actors/ports/log.js';
import { CarbonbusError } from '../../src/errors.js';
import { INGEST_STREAM, shardStream } from '../../src/protocols/subjects.js';
import type { Random } from '../support/random.js';
import type { SimulatedLog } from './simulated-log.js';
import type { SimulatedNats } from './simulated-nats.js';
import type { SimulatedProcess } from './simulated-process.js';

const ACK_TIMEOUT_MS = 3_000;
const RETRY_MS = 500;
/** Messages that a reader gets in one go. */
const PULL_MESSAGES = 8;

/** What one life of a process has of JetStream: its logs. */
export class SimulatedConnection implements LogReader, LogWriter {
  /** Thrown by the next read of a log: a bug that crashes the replica. */
  readFailure: Error | undefined;
  /** Told of a reader that begins to read. */
  onBegin: (stream: string) => void = () => undefined;
  /** Told before a reader gets the message `next`, or the first one where the log begins behind that. */
  onReading: (stream: string, next: number, first: number) => void = () => undefined;
  readonly #nats: SimulatedNats;
  readonly #process: SimulatedProcess;
  readonly #random: Random;

  constructor(nats: SimulatedNats, process: SimulatedProcess, random: Random) {
    this.#nats = nats;
    this.#process = process;
    this.#random = random;
  }

  get losses(): number {
    return this.#nats.losses;
  }

  /** Appends to a log; the acknowledgement may be lost, or the message, or either may come late. */
  publish(subject: string, bytes: Uint8Array, id: string): Promise<PublishOutcome> {
    const stream = streamOf(subject);
    const copy = bytes.slice();
    const { name } = this.#process;
    return this.#process.waiting((resolve) => {
      this.#process.dieIfTold('publishing');
      if (this.#process.isDead) return;
      const answer = (outcome: PublishOutcome): void =>
        this.#nats.send(name, () => this.#process.after(0, () => resolve(outcome)));
      this.#nats.send(name, () => {
        const log = this.#nats.log(stream);
        if (log === undefined) return;
        if (this.#nats.isFull) answer({ type: 'full', reason: 'as told' });
        else answer({ type: 'stored', sequence: log.append(copy, id) });
      });
      this.#process.after(ACK_TIMEOUT_MS, () => resolve({ type: 'unknown', reason: 'timeout' }));
    });
  }

  async state(stream: string, patience: 'wait' | 'fail'): Promise<LogState> {
    for (;;) {
      await this.#someTime();
      const log = this.#reached(stream);
      if (log !== undefined) {
        return { created: log.created, firstSequence: log.first, lastSequence: log.last };
      }
      if (patience === 'fail') throw new CarbonbusError('LOG_UNREACHABLE', `no ${stream}`);
      await sleep(this.#process, RETRY_MS);
    }
  }

  async *read(
    stream: string,
    fromSequence: number,
    signal: AbortSignal,
    onLost: (from: number, to: number) => void,
    before?: LogPlace,
  ): AsyncGenerator<LogMessage> {
    let next = fromSequence;
    let last = before;
    this.onBegin(stream);
    while (!signal.aborted) {
      await this.#someTime();
      const log = this.#reached(stream);
      if (log === undefined) {
        await sleep(this.#process, RETRY_MS);
        continue;
      }
      for (let n = 0; n < PULL_MESSAGES && !signal.aborted; n++) {
        this.#failIfTold();
        if (hasAnother(log, last)) throw new CarbonbusError(LOG_CUT_BACK, `${stream} was cut back`);
        this.onReading(stream, next, log.first);
        if (next < log.first) onLost(next, log.first - 1);
        next = Math.max(next, log.first);
        if (next > log.last) break;
        const { storedAtMs, bytes } = log.at(next);
        last = { sequence: next, storedAtMs };
        next++;
        yield { ...last, bytes, pending: log.last - last.sequence };
      }
      if (next > log.last && !signal.aborted) await log.more(this.#process, signal);
    }
  }

  /** The ingestion stream, as the relays share it. */
  ingest(): IngestSource {
    return { read: (signal) => this.#readIngest(signal), backlog: () => this.#backlog() };
  }

  async *#readIngest(signal: AbortSignal): AsyncGenerator<IngestMessage> {
    while (!signal.aborted) {
      await this.#someTime();
      const log = this.#reached(INGEST_STREAM);
      const sequence = log?.due();
      if (log === undefined || sequence === undefined) {
        await sleep(this.#process, RETRY_MS);
        continue;
      }
      const accepted = (): void => {
        this.#process.dieIfTold('acknowledging');
        if (this.#process.isDead) return;
        this.#nats.send(this.#process.name, () => log.acknowledge(sequence));
      };
      yield { subject: 'metrics.ingest.lines', bytes: log.at(sequence).bytes, accepted };
    }
  }

  async #backlog(): Promise<IngestBacklog> {
    return { waiting: 0, inHand: this.#nats.log(INGEST_STREAM)?.unacknowledged ?? 0 };
  }

  #reached(stream: string): SimulatedLog | undefined {
    return this.#nats.reaches(this.#process.name) ? this.#nats.log(stream) : undefined;
  }

  #someTime(): Promise<void> {
    const { delayMaxMs } = this.#nats.link(this.#process.name);
    return sleep(this.#process, this.#random.int(0, delayMaxMs));
  }

  #failIfTold(): void {
    const failure = this.readFailure;
    this.readFailure = undefined;
    if (failure !== undefined) throw failure;
  }
}

/** Whether the log has given the sequence of a message that was read to another one. */
function hasAnother(log: SimulatedLog, read: LogPlace | undefined): boolean {
  if (read === undefined || read.storedAtMs === 0 || read.sequence < log.first) return false;
  return read.sequence <= log.last && log.at(read.sequence).storedAtMs !== read.storedAtMs;
}

function streamOf(subject: string): string {
  const shard = /^shard\.(\d+)\.batch$/.exec(subject)?.[1];
  return shard === undefined ? INGEST_STREAM : shardStream(Number(shard));
}
