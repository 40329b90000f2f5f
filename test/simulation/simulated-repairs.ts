import { Membership } from '../../src/actors/membership/membership.js';
import type { Node } from '../../src/actors/node/node.js';
import { NodeClient } from '../../src/actors/query/node-client.js';
import { NodeRepairs } from '../../src/actors/repair/node-repairs.js';
import { Pace } from '../../src/actors/repair/pace.js';
import { Peers } from '../../src/actors/repair/peers.js';
import { CarbonbusError, errorCode, errorText } from '../../src/errors.js';
import { decode, encode } from '../../src/protocols/codec.js';
import type { RepairReplies, RepairRequest } from '../../src/protocols/repair-messages.js';
import { requestSubject } from '../../src/protocols/subjects.js';
import type { Parts } from './simulated-cluster.js';

/** Between two heartbeats. */
export const HEARTBEAT_MS = 3_000;
const TIMEOUT_MS = 2_000;
/** As the composition has it. */
const SETTLE_S = 5;

/** No shard leaves a node here. */
const NONE_RETIRED = {
  served: [],
  reports: () => [],
  remove: () => {
    throw new CarbonbusError('WRONG_NODE', 'no shard is retired');
  },
};

/** What one life of a node compares with its peers, and answers to them. */
export class SimulatedRepairs {
  /** Points that are younger are not compared. */
  readonly settleS: number;
  readonly #repairs: NodeRepairs;

  constructor({ shape, shardMap, process, bus, logger }: Parts, node: Node) {
    this.settleS = SETTLE_S + Math.ceil((2 * (shape.writeDelayMs + shape.rollUpDelayMs)) / 1_000);
    const client = new NodeClient(bus, TIMEOUT_MS);
    const membership = new Membership({
      ...{ bus, clock: process, log: logger },
      heartbeatIntervalMs: HEARTBEAT_MS,
      nodes: shape.nodes,
    });
    this.#repairs = new NodeRepairs({
      runners: () => node.runners,
      retired: NONE_RETIRED,
      peers: new Peers({ own: process.name, shardMap, membership, client }),
      pace: new Pace(shape.repairBytesPerSecond, process),
      settleS: this.settleS,
      intervalMs: shape.repairIntervalMs,
      ...{ client, clock: process, log: logger },
    });
    bus.serve(requestSubject('node', process.name), (bytes) => this.#answer(bytes));
  }

  /** Has all replicas compared as soon as may be. */
  want(): void {
    void this.#repairs.answer({ type: 'repair', shard: null });
  }

  /** What is not compared or not repaired yet, in words. */
  async unrest(): Promise<string[]> {
    const { gaps, repairs } = (await this.#repairs.answer({
      type: 'gaps',
    })) as RepairReplies['gaps'];
    const open = gaps.filter(({ state }) => state !== 'irreparable');
    const under = repairs.filter(({ state }) => state !== 'idle');
    return [
      ...open.map(({ shard, kind, state }) => `a gap of shard ${shard} (${kind}) is ${state}`),
      ...under.map(({ shard, state, reason }) => `shard ${shard} is ${state} ${reason}`),
    ];
  }

  stop(): void {
    this.#repairs.stop();
  }

  async #answer(bytes: Uint8Array): Promise<Uint8Array> {
    try {
      return encode({
        ok: true,
        value: await this.#repairs.answer(decode(bytes) as RepairRequest),
      });
    } catch (error) {
      const code = errorCode(error) ?? 'REQUEST_FAILED';
      return encode({ ok: false, code, message: errorText(error) });
    }
  }
}
