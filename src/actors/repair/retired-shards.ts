import { CarbonbusError, errorText } from '../../errors.js';
import { clusterLayoutDifference } from '../../protocols/layout.js';
import type { RetiredReport } from '../../protocols/repair-messages.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import type { Clock } from '../ports/clock.js';
import type { Logger } from '../ports/logger.js';
import type { NodeClient } from '../query/node-client.js';
import type { Pace } from './pace.js';
import { createRetiredMachine, type RetiredMachine } from './retired.machine.js';
import type { RetiredFiles } from './retired-files.js';
import { SuccessorCheck } from './successor-check.js';

/** Files removed between two turns of sockets and timers. */
const SLICE_FILES = 100;

export interface RetiredShardsParts {
  files: readonly RetiredFiles[];
  shardMap: ShardMap;
  membership: Membership;
  client: NodeClient;
  /** Removes the folder of a shard, an entry a step. */
  removeFolder: (shard: number) => Generator<void>;
  pace: Pace;
  clock: Clock;
  log: Logger;
}

interface RetiredShard {
  files: RetiredFiles;
  machine: RetiredMachine;
  progress: { compared: number; metrics: number };
  successor: string;
  reason: string;
}

/**
 * The shards of which a node has files although others keep them. They are served to those who copy, and removed at an
 * operator's wish: one shard at a time, and only when every node that keeps it now has all that is in its files.
 */
export class RetiredShards {
  readonly #parts: RetiredShardsParts;
  readonly #shards: RetiredShard[];
  readonly #stopped = new AbortController();
  /** Ends when the removals that were asked for so far have ended. */
  #turn: Promise<void> = Promise.resolve();

  constructor(parts: RetiredShardsParts) {
    this.#parts = parts;
    this.#shards = parts.files.map((files) => {
      const machine = createRetiredMachine(files.shard);
      machine.start();
      return { files, machine, progress: { compared: 0, metrics: 0 }, successor: '', reason: '' };
    });
  }

  /** Those that can be copied from. */
  get served(): RetiredFiles[] {
    return this.#shards
      .filter(({ machine }) => ['kept', 'checking'].includes(machine.getSnapshot().value))
      .map(({ files }) => files);
  }

  /** Those that are still there. */
  reports(): RetiredReport[] {
    return this.#shards.map(reportOf).filter(({ state }) => state !== 'removed');
  }

  /**
   * Begins to remove the files of a shard, unless that was begun.
   *
   * Errors: `WRONG_NODE` where there are none.
   * @param begin false to see only how far it is
   */
  remove(shard: number, begin: boolean): RetiredReport {
    const retired = this.#shards.find(({ files }) => files.shard === shard);
    if (retired === undefined) {
      throw new CarbonbusError('WRONG_NODE', `this node has no retired files of shard ${shard}`);
    }
    if (begin && retired.machine.getSnapshot().matches('kept')) {
      retired.reason = '';
      retired.machine.send({ type: 'remove' });
      this.#turn = this.#turn.then(() => this.#remove(retired));
    }
    return reportOf(retired);
  }

  stop(): void {
    this.#stopped.abort();
  }

  /** Never rejects. */
  async #remove(retired: RetiredShard): Promise<void> {
    const { log } = this.#parts;
    const { machine, files } = retired;
    retired.reason = (await this.#whyNot(retired)) ?? '';
    retired.successor = '';
    if (this.#stopped.signal.aborted) return;
    if (retired.reason !== '') {
      machine.send({ type: 'refused' });
      log.warn({ shard: files.shard, reason: retired.reason }, 'the files of a shard are kept');
      return;
    }
    machine.send({ type: 'complete' });
    try {
      await this.#removeFiles(files);
    } catch (error) {
      retired.reason = errorText(error);
      machine.send({ type: 'failed' });
      log.error(
        { shard: files.shard, error: retired.reason },
        'cannot remove the files of a shard',
      );
      return;
    }
    machine.send({ type: 'removed' });
    log.info({ shard: files.shard }, 'removed the files of a shard that others keep');
  }

  async #removeFiles(files: RetiredFiles): Promise<void> {
    files.close();
    let entries = 0;
    for (const _ of this.#parts.removeFolder(files.shard)) {
      if (++entries % SLICE_FILES === 0) await this.#parts.clock.yieldNow();
    }
  }

  /** Undefined when all who keep the shard now have what is here. */
  async #whyNot(retired: RetiredShard): Promise<string | undefined> {
    const { shardMap, client, pace, clock } = this.#parts;
    const { files, progress } = retired;
    if (files.shard >= shardMap.shardCount) return 'no node keeps this shard';
    const successors = shardMap.nodesOf(files.shard).map(({ name }) => name);
    for (const name of successors) {
      const problem = this.#problemOf(name, files.shard);
      if (problem !== undefined) return problem;
    }
    try {
      for (const successor of successors) {
        retired.successor = successor;
        const check = new SuccessorCheck({
          ...{ files, successor, pace, clock, progress, signal: this.#stopped.signal },
          ask: (request) => client.ask('node', successor, request),
        });
        const lacking = await check.lacking();
        if (lacking !== undefined) return lacking;
      }
      return undefined;
    } catch (error) {
      return errorText(error);
    }
  }

  /** Why a node cannot be relied on for a shard, by what it says of itself. */
  #problemOf(name: string, shard: number): string | undefined {
    const { membership, shardMap } = this.#parts;
    const member = membership.member('node', name);
    const last = member?.last;
    if (last === undefined || (member?.state !== 'up' && member?.state !== 'rejoining'))
      return `${name} is ${member?.state ?? 'unknown'}`;
    // Every process on the bus can send a heartbeat, also half of one.
    const difference = last.layout
      ? clusterLayoutDifference(shardMap.layout, last.layout)
      : 'it does not say how';
    if (difference !== undefined) return `${name} is configured otherwise: ${difference}`;
    const replica = last.shards.find((one) => one.shard === shard);
    if (replica?.state !== 'live')
      return `shard ${shard} on ${name} is ${replica?.state ?? 'absent'}`;
    const open = replica.gaps - replica.gapsIrreparable;
    return open > 0
      ? `shard ${shard} on ${name} still lacks points: see carbonbus gaps`
      : undefined;
  }
}

function reportOf({ files, machine, progress, successor, reason }: RetiredShard): RetiredReport {
  const { shard, checkpoint } = files;
  const state = machine.getSnapshot().value;
  return { shard, checkpoint, state, successor, ...progress, reason };
}
