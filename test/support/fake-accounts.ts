import type { AskedNode, AskedRelay, Gathered } from '../../src/actors/audit/gathered.js';
import type { Member } from '../../src/actors/membership/membership.js';
import type {
  NodeAccounts,
  RelayAccounts,
  ReplicaAccounts,
} from '../../src/protocols/audit-messages.js';
import { SequenceTally } from '../../src/protocols/sequence-tally.js';
import { heartbeat } from './fake-cluster.js';

export const NOW_MS = 1_700_000_000_000;
/** Messages in the log of the only shard, each of `POINTS_A_MESSAGE` points. */
export const MESSAGES = 640;
export const POINTS_A_MESSAGE = 10;
export const POINTS = MESSAGES * POINTS_A_MESSAGE;

/** The tally of somebody who has counted all messages up to `last`, but for `lacking`. */
export function tallyTo(last: number, lacking: readonly number[] = []) {
  const tally = new SequenceTally();
  tally.restart(1);
  for (let sequence = 1; sequence <= last; sequence++)
    tally.add(sequence, lacking.includes(sequence) ? 0 : POINTS_A_MESSAGE);
  return tally.message();
}

export function relayAccounts(some: Partial<RelayAccounts> = {}): RelayAccounts {
  const none = { udp: 0, pickle: 0, protobuf: 0, http: 0, statsd: 0, nats: 0 };
  const shard = { shard: 0, stored: POINTS, pending: 0, oldestMs: 0, refusal: null };
  return {
    received: { line: POINTS, ...none },
    refused: 0,
    rejected: {},
    droppedPoints: 0,
    droppedDatagrams: 0,
    connections: 3,
    pausedConnections: 0,
    windowBytes: 0,
    windowBytesMax: 1_000,
    windowIsFull: false,
    shards: [{ ...shard, tally: tallyTo(MESSAGES) }],
    ...some,
  };
}

export function replicaAccounts(some: Partial<ReplicaAccounts> = {}): ReplicaAccounts {
  return {
    report: {
      shard: 0,
      state: 'live',
      checkpoint: MESSAGES,
      applied: MESSAGES,
      logEnd: MESSAGES,
      gaps: 0,
      gapsIrreparable: 0,
      mirrored: [],
      queuePoints: 0,
      rollUpsWaiting: 0,
      dataFolder: '/data/0',
    },
    batches: MESSAGES,
    applied: POINTS,
    written: POINTS,
    droppedTooOld: 0,
    droppedOutOfRange: 0,
    droppedUnstorable: 0,
    queued: 0,
    oldestMs: 0,
    heldBy: null,
    parkedMetrics: 0,
    malformedBatches: 0,
    messagesLost: 0,
    messagesRepaired: 0,
    messagesGivenUp: 0,
    gaps: [],
    tally: tallyTo(MESSAGES),
    ...some,
  };
}

/** The accounts of a node with one replica. */
export function nodeAccounts(
  replica: Partial<ReplicaAccounts> = {},
  some: Partial<NodeAccounts> = {},
): NodeAccounts {
  return {
    queuePoints: 0,
    queuePointsMax: 2_000_000,
    writeDelayMs: 10_000,
    updatesPerSecond: null,
    createsPerMinute: null,
    replicas: [replicaAccounts(replica)],
    ...some,
  };
}

export function member(role: Member['role'], name: string, some: Partial<Member> = {}): Member {
  const last = heartbeat({ role, name, shards: role === 'node' ? [replicaAccounts().report] : [] });
  return { role, name, state: 'up', last, heardAtMs: NOW_MS - 500, ...some };
}

export function relay(accounts: RelayAccounts | null, some: Partial<Member> = {}): AskedRelay {
  return { member: member('relay', 'relay1', some), accounts };
}

export function node(
  name: string,
  accounts: NodeAccounts | null,
  some: Partial<Member> = {},
): AskedNode {
  return { name, shards: [0], member: member('node', name, some), accounts };
}

/** A relay, the log of one shard and its two replicas; all is well but for what is said. */
export function gathered(some: Partial<Gathered> = {}): Gathered {
  return {
    atMs: NOW_MS,
    relays: [relay(relayAccounts())],
    nodes: [node('node1', nodeAccounts()), node('node2', nodeAccounts())],
    logs: [{ created: 'now', firstSequence: 1, lastSequence: MESSAGES }],
    ingest: { waiting: 0, inHand: 0 },
    forwarders: [],
    ...some,
  };
}
