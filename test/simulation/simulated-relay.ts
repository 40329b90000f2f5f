import { RejectionLog } from '../../src/actors/receiver/rejection-log.js';
import { IngestReader } from '../../src/actors/relay/ingest.js';
import { Relay } from '../../src/actors/relay/relay.js';
import { Ticket } from '../../src/actors/relay/ticket.js';
import { WholeInput } from '../../src/actors/relay/whole-input.js';
import { batchOf, type NamedPoint } from '../support/fake-points.js';
import { plainShardHash } from '../support/shard-of.js';
import { testPipeline } from '../support/test-pipeline.js';
import type { Parts } from './simulated-cluster.js';

const DRAIN_MS = 5_000;

/** One life of a relay's process. */
export class SimulatedRelay {
  readonly relay: Relay;
  readonly #parts: Parts;
  readonly #input: WholeInput;
  readonly #reading = new AbortController();

  /** @param life tells this life of the relay from those before */
  constructor(parts: Parts, life: number) {
    this.#parts = parts;
    const { shape, process, connection, logger } = parts;
    const rejections = new RejectionLog(logger, process);
    this.relay = new Relay({
      shardHash: plainShardHash(shape.shardCount),
      pipeline: testPipeline(rejections, { clock: process }),
      idPrefix: `${process.name}:${life}`,
      batchBytes: shape.batchBytes,
      windowBytes: shape.windowBytes,
      flushIntervalMs: 100,
      log: connection,
      clock: process,
      logger,
      rejections,
    });
    this.#input = new WholeInput(rejections, process);
    const ingest = new IngestReader(connection.ingest(), this.relay, rejections, process);
    ingest.run(this.#reading.signal).catch((error) => {
      if (!process.isDead) throw error;
    });
  }

  /** Points of a sender that wants to know when they are safe. Refused while the window is full, as a socket is not read. */
  accept(points: readonly NamedPoint[], stored: () => void): void {
    this.#parts.process.after(0, () => {
      if (this.relay.window.full) return;
      const ticket = new Ticket(stored);
      this.#input.accept(batchOf(points), 'batch', this.relay, ticket);
      ticket.release();
    });
  }

  /** Nothing that it took is on its way. */
  get isIdle(): boolean {
    return this.relay.pendingPoints === 0 && this.relay.window.bytes === 0;
  }

  /** What it counted does not add up, in words; nothing when it does. Only of one that is idle. */
  imbalance(): string[] {
    const { pointsReceived, pointsStored } = this.relay.counters;
    if (pointsReceived === pointsStored) return [];
    return [
      `${this.#parts.process.name} received ${pointsReceived} points, stored ${pointsStored}`,
    ];
  }

  /** Ends as SIGTERM ends it. */
  stop(): void {
    const { process } = this.#parts;
    this.#reading.abort();
    const exit = (): void => process.die('stopped');
    process.after(DRAIN_MS, exit);
    void this.relay.drain().then(exit);
  }
}
