import { CarbonbusError } from '../../errors.js';
import {
  FILES_MAX,
  type FileDigest,
  type Gap,
  NAMES_MAX,
  type RepairReplies,
  type RepairReport,
  type RepairRequest,
  SLOTS_MAX,
  type SlotRange,
  type Slots,
} from '../../protocols/repair-messages.js';
import { isForeign } from '../../storage/whisper/metric-files.js';
import type { Cancel, Clock } from '../ports/clock.js';
import type { ReplicaRunner } from '../shard/replica-runner.js';
import { slotsOf } from './differing.js';
import { NamedRepairs } from './named-repairs.js';
import type { RetiredFiles } from './retired-files.js';
import type { RetiredShards } from './retired-shards.js';
import { ShardRepair, type ShardRepairParts } from './shard-repair.js';

const LOOK_MS = 1_000;

export interface NodeRepairsParts extends Omit<ShardRepairParts, 'runner'> {
  runners: () => readonly ReplicaRunner[];
  retired: Pick<RetiredShards, 'served' | 'reports' | 'remove'>;
  /** Between two comparisons of a replica without gaps; 0 for none. */
  intervalMs: number;
  clock: Clock;
}

/**
 * Has the replicas of a node compared with their peers, one at a time, and answers peers that compare theirs. The
 * comparisons of one node are spread over the interval.
 */
export class NodeRepairs {
  readonly #parts: NodeRepairsParts;
  readonly #repairs: ShardRepair[];
  readonly #named: NamedRepairs;
  readonly #cancel: Cancel;
  #isRunning = false;

  constructor(parts: NodeRepairsParts) {
    this.#parts = parts;
    const { clock, intervalMs } = parts;
    this.#named = new NamedRepairs(parts);
    const runners = parts.runners();
    this.#repairs = runners.map((runner, i) => {
      const waitMs = (intervalMs * (i + 1)) / runners.length;
      return new ShardRepair({ ...parts, runner }, clock.monotonicMs() + waitMs);
    });
    this.#cancel = clock.every(LOOK_MS, () => this.#look());
  }

  counters(): Record<string, number> {
    const { retired } = this.#parts;
    const reports = this.#parts.runners().map((runner) => runner.report());
    const irreparable = reports.reduce((sum, { gapsIrreparable }) => sum + gapsIrreparable, 0);
    return {
      gapsOpen: reports.reduce((sum, { gaps }) => sum + gaps, 0) - irreparable,
      gapsIrreparable: irreparable,
      repairRuns: this.#repairs.reduce((sum, { runs }) => sum + runs, 0),
      repairBytesMoved: this.#repairs.reduce(
        (sum, { bytesMoved }) => sum + bytesMoved,
        this.#named.bytesMoved,
      ),
      ...this.#named.counters,
      retiredShards: retired.reports().length,
    };
  }

  answer<R extends RepairRequest>(request: R): Promise<RepairReplies[RepairRequest['type']]> {
    switch (request.type) {
      case 'names':
        return this.#names(request.shard, request.after, Math.min(request.limit, NAMES_MAX));
      case 'digests':
        return this.#digests(request);
      case 'slots':
        return this.#slots(request.shard, request.ranges);
      case 'gaps':
        return Promise.resolve(this.#gaps());
      case 'repair':
        return Promise.resolve(this.#want(request.shard));
      case 'giveUpGaps':
        return this.#giveUp(request.shard);
      case 'compare':
        return Promise.resolve(this.#compare(request.shard, request.names));
      case 'removeRetired':
        return Promise.resolve(this.#parts.retired.remove(request.shard, request.begin));
    }
  }

  /** How the comparison of a replica stands; undefined while none is due. */
  report(shard: number): RepairReport | undefined {
    const report = this.#repairs.find((repair) => repair.shard === shard)?.report();
    return report?.state === 'idle' ? undefined : report;
  }

  stop(): void {
    this.#cancel();
    for (const repair of this.#repairs) repair.stop();
    this.#named.stop();
  }

  /** Begins the next comparison that is due, unless there is one already. */
  #look(): void {
    const { intervalMs } = this.#parts;
    const due = this.#repairs.filter((repair) => repair.look(intervalMs));
    if (this.#isRunning || due.length === 0) return;
    this.#isRunning = true;
    void due[0].run(intervalMs).finally(() => {
      this.#isRunning = false;
    });
  }

  #names(shard: number, after: string, limit: number): Promise<RepairReplies['names']> {
    const retired = this.#retired(shard);
    return (retired ?? this.#runner(shard).replica.repair.names).page(after, limit);
  }

  async #digests({
    shard,
    names,
    nowS,
    untilS,
  }: Extract<RepairRequest, { type: 'digests' }>): Promise<RepairReplies['digests']> {
    if (names.length > FILES_MAX) throw tooMuch(`${names.length} files`, FILES_MAX);
    const files: FileDigest[] = [];
    for (const name of names) {
      try {
        files.push(await this.#digest(shard, name, nowS, untilS));
      } catch (error) {
        if (!isForeign(error)) throw error;
        // A damaged file has nothing to offer.
        files.push({ name, header: new Uint8Array(0), archives: [] });
      }
      await this.#parts.clock.yieldNow();
    }
    return { files };
  }

  async #digest(shard: number, name: string, nowS: number, untilS: number): Promise<FileDigest> {
    const retired = this.#retired(shard);
    if (retired) return retired.digest(name, nowS, untilS);
    return this.#runner(shard).ask<FileDigest>((reply, fail) => ({
      ...{ type: 'digest', name, nowS, untilS, putsAside: false },
      reply,
      fail,
    }));
  }

  async #slots(shard: number, ranges: readonly SlotRange[]): Promise<RepairReplies['slots']> {
    const total = ranges.reduce((sum, range) => sum + slotsOf(range), 0);
    if (!(total <= SLOTS_MAX)) throw tooMuch(`${total} slots`, SLOTS_MAX);
    const retired = this.#retired(shard);
    const slots: Slots[] = [];
    for (const range of ranges) {
      const one = retired
        ? retired.slots(range)
        : await this.#runner(shard).ask<Slots>((reply, fail) => ({
            ...{ type: 'slots', range },
            reply,
            fail,
          }));
      slots.push(one);
      await this.#parts.clock.yieldNow();
    }
    return { slots };
  }

  #gaps(): RepairReplies['gaps'] {
    const { runners, retired } = this.#parts;
    const kept = runners().map(({ shard, replica }) => ({ shard, gaps: replica.gaps.all }));
    return {
      gaps: [...kept, ...retired.served].flatMap(({ shard, gaps }) =>
        gaps.map((gap) => ({ shard, ...gap })),
      ),
      repairs: this.#repairs.map((repair) => repair.report()),
    };
  }

  #want(shard: number | null): RepairReplies['repair'] {
    const wanted = this.#repairs.filter((repair) => shard === null || repair.shard === shard);
    for (const repair of wanted) repair.want();
    return { shards: wanted.map((repair) => repair.shard) };
  }

  async #giveUp(shard: number | null): Promise<RepairReplies['giveUpGaps']> {
    const wanted = this.#parts.runners().filter((one) => shard === null || one.shard === shard);
    const givenUp = wanted.map(async (runner) => {
      const gaps = await runner.ask<Gap[]>((reply, fail) => ({ type: 'giveUpGaps', reply, fail }));
      return gaps.map((gap) => ({ shard: runner.shard, ...gap }));
    });
    return { gaps: (await Promise.all(givenUp)).flat() };
  }

  #compare(shard: number, names: readonly string[]): RepairReplies['compare'] {
    if (names.length > FILES_MAX) throw tooMuch(`${names.length} metrics`, FILES_MAX);
    this.#runner(shard);
    return { taken: this.#named.want(shard, names) };
  }

  #retired(shard: number): RetiredFiles | undefined {
    return this.#parts.retired.served.find((one) => one.shard === shard);
  }

  #runner(shard: number): ReplicaRunner {
    const runner = this.#parts.runners().find((one) => one.shard === shard);
    if (runner) return runner;
    throw new CarbonbusError('WRONG_NODE', `this node has no files of shard ${shard}`);
  }
}

function tooMuch(what: string, most: number): CarbonbusError {
  return new CarbonbusError('BAD_REQUEST', `${what} are more than the ${most} of one request`);
}
