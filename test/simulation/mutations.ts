/** A rule of the program, broken: text of a compiled file, and what stands there instead. */
export interface Mutation {
  what: string;
  /** Below `dist/src/`. */
  file: string;
  from: string;
  to: string;
}

/** Rules that the simulation has to miss when they are broken, each with the fault that shows it. */
export const MUTATIONS: readonly Mutation[] = [
  {
    what: 'a kill: the checkpoint is ahead of what was written',
    file: 'actors/shard/checkpointer.js',
    from: 'first === undefined ? newest : first - 1',
    to: 'newest',
  },
  {
    what: 'a kill: the checkpoint does not wait for roll-ups',
    file: 'actors/shard/checkpointer.js',
    from: 'if (store.pendingRollUps === 0) {',
    to: 'if (true) {',
  },
  {
    what: 'a power cut: the checkpoint does not wait for the disk',
    file: 'actors/shard/checkpointer.js',
    from: '>= holdbackMs',
    to: '>= 0',
  },
  {
    what: 'a power cut: names of tagged series are not written before their files',
    file: 'actors/shard/replica-tags.js',
    from: 'flush() {',
    to: 'flush() { return;',
  },
  {
    what: 'a lost connection: what the log did not acknowledge is given up',
    file: 'actors/relay/shard-publisher.js',
    from: "if (outcome.type === 'stored')",
    to: "if (outcome.type !== 'full')",
  },
  {
    what: 'a lost acknowledgement: a batch is published again under another id',
    file: 'actors/relay/shard-publisher.js',
    from: 'batch.bytes, batch.id)',
    to: 'batch.bytes, batch.id + waitMs)',
  },
  {
    what: 'a killed relay: messages of the ingestion stream are acknowledged when they are read',
    file: 'actors/relay/ingest.js',
    from: 'new Ticket(accepted)',
    to: '(accepted(), new Ticket(() => undefined))',
  },
  {
    what: 'a full disk: points whose write failed are forgotten',
    file: 'actors/shard/writer.js',
    from: 'if (!this.#isUnstorable(id, error))',
    to: 'if (false)',
  },
  {
    what: 'a slow sync: the checkpoint does not wait for its end',
    file: 'actors/shard/checkpointer.js',
    from: 'if (!syncsEach)',
    to: 'if (true)',
  },
  {
    what: 'a power cut after a stop: the last checkpoint does not wait for the disk',
    file: 'actors/shard/checkpointer.js',
    from: 'await this.#saveSynced(last, save)',
    to: 'save(last.arrival, last.owed)',
  },
  {
    what: 'a jump of the clock: what is due is told by the time of day',
    file: 'actors/shard/writer.js',
    from: 'startedMs - this.#parts.writeDelayMs',
    to: 'clock.nowMs() - 1_700_000_000_000 - this.#parts.writeDelayMs',
  },
  {
    what: 'retention: what was lost is not noted',
    file: 'actors/shard/replica-gaps.js',
    from: "if (beginning.from === 'checkpoint')",
    to: 'if (false)',
  },
  {
    what: 'a new disk: files that are missing are not made',
    file: 'actors/repair/comparison.js',
    from: 'ranges.length > 0 || ours.header.length === 0',
    to: 'ranges.length > 0 && ours.header.length > 0',
  },
  {
    what: 'a damaged file: it is not noticed',
    file: 'actors/shard/replica-repair.js',
    from: '!putsAside || ',
    to: 'true || ',
  },
  {
    what: 'a power cut of nats-server: a log that has lost its end is read on',
    file: 'actors/shard/replica-logs.js',
    from: 'Math.max(0, state.firstSequence - 1)',
    to: 'state.lastSequence',
  },
];
