import { expect } from 'chai';
import { shardOf } from '../../src/routing/jump-hash.js';
import { JumpRing, type JumpServer } from '../../src/routing/jump-ring.js';
import { conformance, hasVectors, readVectors } from '../support/conformance.js';

interface ClusterRow {
  cluster_type: string;
  servers: JumpServer[];
}
interface HashingRow extends ClusterRow {
  replication: number;
  metrics: string | string[];
  hashed_as?: string[];
  hash_pos?: number[];
  dest: number[][];
}
interface RingRow extends ClusterRow {
  ring: [number, number][];
  hash_pos_first_100: number[];
}

const isJump = (row: ClusterRow) => row.cluster_type === 'jump_fnv1a_ch';

function namesOf(row: HashingRow): string[] {
  if (row.hashed_as) return row.hashed_as;
  return typeof row.metrics === 'string' ? readVectors(`hashring/${row.metrics}`) : row.metrics;
}

function bucketsOf(names: string[], bucketCount: number): number[] {
  return names.map((name) => {
    const bytes = Buffer.from(name);
    return shardOf(bytes, 0, bytes.length, bucketCount);
  });
}

function checkHashing(row: HashingRow): void {
  const ring = new JumpRing(row.servers);
  const names = namesOf(row);
  const servers = new Int32Array(row.replication);
  const chosen = names.map((name) => {
    const bytes = Buffer.from(name);
    return [...servers.subarray(0, ring.serversOf(bytes, 0, bytes.length, servers))];
  });
  expect(chosen).to.deep.equal(row.dest);
  if (row.hash_pos) expect(bucketsOf(names, row.servers.length)).to.deep.equal(row.hash_pos);
}

conformance<HashingRow>('hashring/crelay_hashing.jsonl', checkHashing, isJump);
conformance<HashingRow>('hashring/crelay_nonascii.jsonl', checkHashing, isJump);
conformance<HashingRow>('hashring/crelay_other.jsonl', checkHashing, isJump);

const ASCII_NAMES = 'hashring/metrics_ascii.json';
conformance<RingRow>(
  'hashring/crelay_rings.jsonl',
  (row) => {
    const ring = new JumpRing(row.servers);
    const names = hasVectors(ASCII_NAMES) ? readVectors<string[]>(ASCII_NAMES).slice(0, 100) : [];
    expect(bucketsOf(names, row.servers.length)).to.deep.equal(row.hash_pos_first_100);
    expect(ring.order).to.deep.equal(row.ring.map(([, server]) => server));
  },
  isJump,
);
