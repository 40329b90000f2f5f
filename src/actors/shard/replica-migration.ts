import { CarbonbusError, errorText } from '../../errors.js';
import type { ReplicaReport } from '../../protocols/heartbeat.js';
import type { FileMigration } from '../../storage/file-migration.js';
import type { MetricTable } from '../../storage/metric-table.js';
import type { Clock } from '../ports/clock.js';
import type { MigrateMessage, MigrateStep } from './messages.js';

/** Work of one message, so that reads and writes get their turn: files compared, and names looked at. */
const COMPARED_MAX = 50;
const LOOKED_AT_MAX = 1_000;

/**
 * Migrates a replica's files, at most one a message. Messages come one at a time, so nobody writes to the file
 * meanwhile: points that arrive wait in the queue and are written to the new file.
 */
export class ReplicaMigration {
  readonly counters = { filesMigrated: 0, migrationErrors: 0 };
  readonly #migration: FileMigration;
  readonly #clock: Clock;
  readonly #table: MetricTable;
  /** Tells this opening of the replica from others: in each the ids are other ones. */
  readonly #openedMs: number;

  constructor(parts: { migration: FileMigration; clock: Clock }, table: MetricTable) {
    this.#migration = parts.migration;
    this.#clock = parts.clock;
    this.#table = table;
    this.#openedMs = parts.clock.nowMs();
  }

  answer(message: MigrateMessage, { state }: ReplicaReport): void {
    if (state !== 'live' && state !== 'replaying') {
      const why = `shard ${message.shard} is ${state}; try again when it is live`;
      message.fail(new CarbonbusError('REPLICA_NOT_READY', why));
      return;
    }
    const { metric, openedMs } = message.from;
    message.reply(this.#step(message, openedMs === this.#openedMs ? metric : 0));
  }

  #step({ matches, dryRun, shard }: MigrateMessage, first: number): MigrateStep {
    const step: MigrateStep = { checked: 0, changed: 0, failures: [], left: 0, next: null };
    let id = first;
    const end = Math.min(this.#table.count, first + LOOKED_AT_MAX);
    for (; id < end && step.checked < COMPARED_MAX && !this.#isRewritten(step, dryRun); id++) {
      if (this.#table.isAlias(id)) continue;
      const name = this.#table.name(id);
      if (matches(name)) this.#one(id, name, dryRun, step);
    }
    step.left = this.#table.count - id;
    if (step.left > 0) step.next = { shard, metric: id, openedMs: this.#openedMs };
    return step;
  }

  #isRewritten({ changed, failures }: MigrateStep, dryRun: boolean): boolean {
    return !dryRun && changed + failures.length > 0;
  }

  /** One file. One that fails stays as it is, and harms no other. */
  #one(id: number, name: string, dryRun: boolean, step: MigrateStep): void {
    step.checked++;
    try {
      const nowS = Math.floor(this.#clock.nowMs() / 1000);
      const migrated = dryRun
        ? this.#migration.compare(id, name)
        : this.#migration.migrate(id, name, nowS);
      if (migrated === 'same') return;
      step.changed++;
      if (migrated === 'changed') this.counters.filesMigrated++;
    } catch (error) {
      this.counters.migrationErrors++;
      step.failures.push({ name, error: errorText(error) });
    }
  }
}
