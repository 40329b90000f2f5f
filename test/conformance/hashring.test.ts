import { expect } from 'chai';
import type { Link } from '../../src/actors/destinations/link.js';
import { chooseLink } from '../../src/actors/destinations/link-choice.js';
import { type Destination, parseDestination } from '../../src/config/destination.js';
import { CarbonbusError } from '../../src/errors.js';
import { fnv1a32 } from '../../src/routing/hashes/fnv1a.js';
import {
  CARBON_HASHES,
  type CarbonHashType,
  CRELAY_HASHES,
  hashText,
} from '../../src/routing/hashes/name-hash.js';
import { AggregatedRouter } from '../../src/routing/rings/aggregated-router.js';
import { CarbonRing } from '../../src/routing/rings/carbon-ring.js';
import { CrelayRing } from '../../src/routing/rings/crelay-ring.js';
import { FastRing } from '../../src/routing/rings/fast-ring.js';
import { JumpRing } from '../../src/routing/rings/jump-ring.js';
import { destinationsOfName, type NameRouter } from '../../src/routing/rings/name-router.js';
import { nodeText } from '../../src/routing/rings/replicas.js';
import { RouteUsingRouter } from '../../src/routing/rings/route-using.js';
import { parseAggregationRules } from '../../src/routing/rules/aggregation-rules.js';
import { type RouteUsing, RouteUsingRules } from '../../src/routing/rules/route-using-rules.js';
import { conformance, readRows, readVectors } from '../support/conformance.js';
import { shardOfName } from '../support/shard-of.js';

interface CarbonRow {
  relay_method?: string;
  hash_type: CarbonHashType | null;
  rf: number;
  diverse: boolean;
  nodes: Destination[];
  metrics: string;
  dest: number[][];
}

function namesIn(file: string): string[] {
  return readVectors<string[]>(`hashring/${file}`);
}

function expectRoutes(router: NameRouter, names: readonly string[], dest: number[][]): void {
  expect(names.map((name) => destinationsOfName(router, name))).to.deep.equal(dest);
}

interface HashRow extends Record<CarbonHashType, number> {
  key: string;
  fnv1a_32: number;
}

conformance<HashRow>('hashring/hashes.jsonl', (row) => {
  expect(hashText(fnv1a32, row.key)).to.equal(row.fnv1a_32);
  for (const type of ['carbon_ch', 'fnv1a_ch', 'mmh3_ch'] as const)
    expect(hashText(CARBON_HASHES[type], row.key), type).to.equal(row[type]);
});

interface CarbonRingRow {
  hash_type: CarbonHashType;
  nodes: Destination[];
  first_replica_key: string;
  ring: [position: number, node: number][];
}

conformance<CarbonRingRow>('hashring/carbon_rings.jsonl', (row) => {
  const ring = new CarbonRing(row.hash_type, row.nodes);
  expect(ring.entries.map(({ position, node }) => [position, node])).to.deep.equal(row.ring);
  if (row.hash_type !== 'fnv1a_ch')
    expect(`${nodeText(row.nodes[0])}:0`).to.equal(row.first_replica_key);
});

function consistent({ hash_type, nodes, rf, diverse }: CarbonRow): NameRouter {
  const ring = new CarbonRing(hash_type ?? undefined, nodes);
  return ring.table({ replicationFactor: rf, diverse });
}

function fast({ hash_type, nodes, rf, diverse }: CarbonRow): FastRing {
  return new FastRing(nodes, { replicationFactor: rf, diverse }, hash_type ?? undefined);
}

conformance<CarbonRow>('hashring/carbon_consistent_hashing.jsonl', (row) => {
  expectRoutes(consistent(row), namesIn(row.metrics), row.dest);
});

interface FastRow extends CarbonRow {
  sorted_nodes: [hash: number, node: number][];
}

conformance<FastRow>('hashring/carbon_fast_hashing.jsonl', (row) => {
  const router = fast(row);
  expect(router.order).to.deep.equal(row.sorted_nodes.map(([, node]) => node));
  expectRoutes(router, namesIn(row.metrics), row.dest);
});

conformance<CarbonRow & { aggregation_rules: string }>(
  'hashring/carbon_aggregated_hashing.jsonl',
  (row) => {
    const ring = row.relay_method === 'fast-aggregated-hashing' ? fast(row) : consistent(row);
    const router = new AggregatedRouter(ring, parseAggregationRules(row.aggregation_rules));
    const sorted = namesIn(row.metrics).map((name) =>
      destinationsOfName(router, name).sort((a, b) => a - b),
    );
    expect(sorted).to.deep.equal(row.dest);
  },
);

interface TopologyRow extends CarbonRow {
  steps?: { op: 'initial' | 'add' | 'remove'; node: number | null; dest: number[][] }[];
  add?: Destination;
  dest_of_any?: number[][];
}

conformance<TopologyRow>('hashring/carbon_topology.jsonl', (row) => {
  const ring = new CarbonRing(row.hash_type ?? undefined, row.nodes);
  const added = row.add;
  if (added !== undefined)
    expect(() => ring.add(row.nodes.length, added)).to.throw(
      CarbonbusError,
      /\('10\.20\.0\.1', None\)/,
    );
  const choice = { replicationFactor: row.rf, diverse: row.diverse };
  if (row.dest_of_any !== undefined) expectRoutes(ring.table(choice), ['any'], row.dest_of_any);
  for (const { op, node, dest } of row.steps ?? []) {
    if (op === 'add') ring.add(node!, row.nodes[node!]);
    if (op === 'remove') ring.remove(node!);
    expectRoutes(ring.table(choice), namesIn('metrics.json').slice(0, 300), dest);
  }
});

interface DestinationRow {
  input: string;
  ok?: Destination;
}

conformance<DestinationRow>('hashring/carbon_destination_strings.jsonl', (row) => {
  if (row.ok === undefined) expect(() => parseDestination(row.input)).to.throw(CarbonbusError);
  else expect(parseDestination(row.input)).to.deep.equal(row.ok);
});

interface CrelayRow {
  cluster_type: 'carbon_ch' | 'fnv1a_ch' | 'jump_fnv1a_ch' | 'any_of';
  servers: Destination[];
  replication: number;
  metrics: string | string[];
  route_using?: RouteUsing[];
  hashed_as?: string[];
  hash_pos?: number[];
  dest: number[][];
  reference_hangs?: boolean;
}

function crelayRouter({ cluster_type, servers, replication }: CrelayRow): NameRouter {
  if (cluster_type === 'any_of') return anyOf(servers.length);
  if (cluster_type === 'jump_fnv1a_ch') return new JumpRing(servers, replication);
  return new CrelayRing(cluster_type, servers).table(replication);
}

/** The choice of a destination of several daemons, all of which are up. */
function anyOf(count: number): NameRouter {
  const links = Array.from({ length: count }, (_, index) => ({ index, isUp: true }));
  const all = links as unknown as readonly (Link & { index: number })[];
  return {
    destinationsMax: 1,
    destinationsOf(bytes, start, end, into) {
      into[0] = all.indexOf(chooseLink('any_of', all, all, bytes, start, end) as (typeof all)[0]);
      return 1;
    },
  };
}

function hashPositions({ cluster_type, servers }: CrelayRow, names: string[]): number[] {
  if (cluster_type === 'any_of') return [];
  if (cluster_type === 'jump_fnv1a_ch')
    return names.map((name) => shardOfName(name, servers.length));
  return names.map((name) => hashText(CRELAY_HASHES[cluster_type], name));
}

function checkCrelay(row: CrelayRow): void {
  const names = typeof row.metrics === 'string' ? namesIn(row.metrics) : row.metrics;
  const router = crelayRouter(row);
  if (row.reference_hangs) {
    for (const name of names)
      expect(new Set(destinationsOfName(router, name))).to.have.property('size', row.replication);
    return;
  }
  if (row.hash_pos) expect(hashPositions(row, names)).to.deep.equal(row.hash_pos);
  if (!row.route_using) {
    expectRoutes(router, names, row.dest);
    return;
  }
  const rules = new RouteUsingRules(row.route_using);
  expect(names.map((name) => rules.hashedAs(name))).to.deep.equal(row.hashed_as);
  expectRoutes(new RouteUsingRouter(router, rules), names, row.dest);
}

conformance<CrelayRow>('hashring/crelay_hashing.jsonl', checkCrelay);
conformance<CrelayRow>('hashring/crelay_nonascii.jsonl', checkCrelay);
conformance<CrelayRow>('hashring/crelay_other.jsonl', checkCrelay);

interface CrelayRingRow extends CrelayRow {
  ring: [position: number, server: number][];
  hash_pos_first_100: number[];
}

conformance<CrelayRingRow>('hashring/crelay_rings.jsonl', (row) => {
  const names = namesIn('metrics_ascii.json').slice(0, 100);
  expect(hashPositions(row, names)).to.deep.equal(row.hash_pos_first_100);
  if (row.cluster_type === 'jump_fnv1a_ch') {
    const { order } = new JumpRing(row.servers, 1);
    expect(order).to.deep.equal(row.ring.map(([, server]) => server));
  } else if (row.cluster_type !== 'any_of') {
    const { entries } = new CrelayRing(row.cluster_type, row.servers);
    expect(entries.map(({ position, server }) => [position, server])).to.deep.equal(row.ring);
  }
});

interface AgreementRow {
  server_list: string;
  hash_type: 'carbon_ch' | 'fnv1a_ch';
  comparable: boolean;
  differ: number;
}

/** The lists of servers that `crelay_hashing.jsonl` speaks of, by name. */
const serverLists = (): Map<string, Destination[]> =>
  new Map(
    readRows<CrelayRow & { server_list: string }>('hashring/crelay_hashing.jsonl').map((row) => [
      row.server_list,
      row.servers,
    ]),
  );

conformance<AgreementRow>(
  'hashring/carbon_vs_crelay_agreement.jsonl',
  ({ server_list, hash_type, differ }) => {
    const servers = serverLists().get(server_list) ?? [];
    const carbon = new CarbonRing(hash_type, servers).table({
      replicationFactor: 1,
      diverse: true,
    });
    const crelay = new CrelayRing(hash_type, servers).table(1);
    const differing = namesIn('metrics_ascii.json').filter(
      (name) => destinationsOfName(carbon, name)[0] !== destinationsOfName(crelay, name)[0],
    );
    expect(differing).to.have.length(differ);
  },
  ({ comparable }) => comparable,
);
