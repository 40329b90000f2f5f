import { assert } from '../../assert.js';
import { fnv1a64 } from '../hashes/fnv1a.js';
import { highProduct } from '../hashes/product.js';
import { jumpBucket } from '../jump-hash.js';
import { crelayInstance } from './crelay-instance.js';
import type { NameRouter } from './name-router.js';

/** A carbon server of a `jump_fnv1a_ch` cluster. The instance fixes its place whatever its address is. */
export interface JumpServer {
  readonly instance: string | null;
}

/** 2685821657736338717, the multiplier of xorshift64*, as two halves. */
const MULTIPLIER_HIGH = 0x2545f491;
const MULTIPLIER_LOW = 0x4f6cdd1d;

const hash = new Int32Array(2);

/**
 * carbon-c-relay's `jump_fnv1a_ch` cluster (3.7, its `consistent-hash.c`): servers with an instance
 * first, in the order of their instances, then the others in the order given; the name's bucket is the
 * first server, and further replicas are drawn from the servers left over, each with a new hash.
 */
export class JumpRing implements NameRouter {
  readonly destinationsMax: number;
  /** Bucket -> index into the list of servers. */
  readonly order: readonly number[];
  readonly #left: Uint16Array;

  constructor(servers: readonly JumpServer[], replication: number) {
    assert(servers.length >= 1, 'a cluster has a server');
    this.destinationsMax = Math.min(replication, servers.length);
    this.order = bucketOrder(servers);
    this.#left = new Uint16Array(servers.length);
  }

  destinationsOf(bytes: Uint8Array, start: number, end: number, into: Uint16Array): number {
    const count = this.destinationsMax;
    const left = this.#left;
    left.set(this.order);
    let leftCount = left.length;
    fnv1a64(bytes, start, end, hash);
    for (let i = 0; i < count; i++) {
      if (i > 0) nextHash(hash);
      const bucket = jumpBucket(hash[0], hash[1], leftCount);
      into[i] = left[bucket];
      left[bucket] = left[--leftCount];
    }
    return count;
  }
}

function bucketOrder(servers: readonly JumpServer[]): number[] {
  const instances = servers.map(({ instance }) => crelayInstance(instance));
  const instanced = instances.flatMap((instance, server) =>
    instance === null ? [] : [{ instance, server }],
  );
  const others = instances.flatMap((instance, server) => (instance === null ? [server] : []));
  instanced.sort((a, b) => compareInstances(a.instance, b.instance));
  return [...instanced.map(({ server }) => server), ...others];
}

/** Numbers by value; anything else, and a number against a text, by its bytes. */
function compareInstances(a: string, b: string): number {
  if (/^\d+$/.test(a) && /^\d+$/.test(b)) return Number(a) - Number(b);
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** One step of xorshift64* (Vigna, 2014) on the halves of `state`; the product becomes the new state. */
function nextHash(state: Int32Array): void {
  let high = state[0];
  let low = state[1];
  low ^= (low >>> 12) | (high << 20);
  high ^= high >>> 12;
  high ^= (high << 25) | (low >>> 7);
  low ^= low << 25;
  low ^= (low >>> 27) | (high << 5);
  high ^= high >>> 27;
  state[0] =
    Math.imul(high, MULTIPLIER_LOW) +
    Math.imul(low, MULTIPLIER_HIGH) +
    highProduct(low, MULTIPLIER_LOW);
  state[1] = Math.imul(low, MULTIPLIER_LOW);
}
