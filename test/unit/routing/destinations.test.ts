import { expect } from 'chai';
import { parseDestinations } from '../../../src/config/destination.js';
import type { RelayMethod } from '../../../src/config/sections/destinations.js';
import {
  type DestinationRules,
  type DestinationSettings,
  routeDestinations,
} from '../../../src/routing/destinations.js';
import { CarbonRing } from '../../../src/routing/rings/carbon-ring.js';
import { CrelayRing } from '../../../src/routing/rings/crelay-ring.js';
import { FastRing } from '../../../src/routing/rings/fast-ring.js';
import { JumpRing } from '../../../src/routing/rings/jump-ring.js';
import { destinationsOfName, type NameRouter } from '../../../src/routing/rings/name-router.js';
import { parseAggregationRules } from '../../../src/routing/rules/aggregation-rules.js';
import { RelayRules } from '../../../src/routing/rules/relay-rules.js';
import { RouteUsingRules } from '../../../src/routing/rules/route-using-rules.js';

const THREE = parseDestinations('10.0.0.1:2003:a, 10.0.0.2:2003:b, 10.0.0.3:2003:c');
const NAMES = Array.from({ length: 200 }, (_, i) => `servers.host${i}.cpu.user`);

const RULES = `
[web]
pattern = ^web\\.
destinations = 10.0.0.2:2003:b
continue = true
[db]
pattern = db
destinations = 10.0.0.3:2003:c, 10.9.9.9:2003
[default]
default = true
destinations = 10.0.0.1:2003:a, 10.0.0.2:2003:b
`;

function settings(relayMethod: RelayMethod, more: Partial<DestinationSettings> = {}) {
  return {
    destinations: THREE,
    relayMethod,
    replicationFactor: 2,
    diverseReplicas: true,
    routerHashType: 'default',
    ...more,
  } satisfies DestinationSettings;
}

function routing(given: DestinationSettings, rules: Partial<DestinationRules> = {}) {
  const none = { relay: undefined, aggregation: [], using: RouteUsingRules.parse('') };
  return routeDestinations(given, { ...none, ...rules });
}

function answersOf(router: NameRouter, names = NAMES): number[][] {
  return names.map((name) => destinationsOfName(router, name));
}

function codeOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
  return 'no error';
}

const CHOICE = { replicationFactor: 2, diverse: true };

const SAME: [string, DestinationSettings, NameRouter][] = [
  [
    'consistent-hashing is carbon_ch',
    settings('consistent-hashing'),
    new CarbonRing('carbon_ch', THREE).table(CHOICE),
  ],
  [
    'consistent-hashing with fnv1a_ch',
    settings('consistent-hashing', { routerHashType: 'fnv1a_ch' }),
    new CarbonRing('fnv1a_ch', THREE).table(CHOICE),
  ],
  [
    'consistent-hashing with jump_fnv1a_ch',
    settings('consistent-hashing', { routerHashType: 'jump_fnv1a_ch' }),
    new JumpRing(THREE, 2),
  ],
  ['fast-hashing is mmh3_ch', settings('fast-hashing'), new FastRing(THREE, CHOICE, 'mmh3_ch')],
  [
    "carbon_ch is carbon-c-relay's",
    settings('carbon_ch'),
    new CrelayRing('carbon_ch', THREE).table(2),
  ],
  [
    "fnv1a_ch is carbon-c-relay's",
    settings('fnv1a_ch'),
    new CrelayRing('fnv1a_ch', THREE).table(2),
  ],
  ["jump_fnv1a_ch is carbon-c-relay's", settings('jump_fnv1a_ch'), new JumpRing(THREE, 2)],
];

describe('routeDestinations', () => {
  for (const [title, given, same] of SAME) {
    it(title, () => {
      const { router, targets } = routing(given);
      expect(answersOf(router)).to.deep.equal(answersOf(same));
      expect(targets.map(({ name }) => name)).to.deep.equal([
        '10.0.0.1:2003:a',
        '10.0.0.2:2003:b',
        '10.0.0.3:2003:c',
      ]);
    });
  }

  it('forward sends all to all', () => {
    expect(answersOf(routing(settings('forward')).router, ['a'])).to.deep.equal([[0, 1, 2]]);
  });

  for (const method of ['any_of', 'failover'] as const) {
    it(`${method} makes one target of all, whose name does not depend on them`, () => {
      const { targets, router } = routing(settings(method));
      expect(targets).to.deep.equal([{ name: method, choice: method, daemons: THREE }]);
      expect(answersOf(router, ['a', 'b'])).to.deep.equal([[0], [0]]);
    });
  }

  it('rules: the first that matches, and on where it says so; each destination once', () => {
    const { router } = routing(settings('rules'), {
      relay: RelayRules.parse(RULES, THREE),
    });
    const names = ['web.1', 'web.db', 'db.1', 'other'];
    const wanted = [[1, 0], [1, 2], [2], [0, 1]];
    expect(answersOf(router, names)).to.deep.equal(wanted);
    expect(answersOf(router, names), 'also the second time').to.deep.equal(wanted);
  });

  it('aggregated: where the aggregate of a name goes', () => {
    const rules = 'sums.<host>.all (10) = sum servers.<host>.cpu.*\n';
    const { router } = routing(settings('aggregated-consistent-hashing'), {
      aggregation: parseAggregationRules(rules),
    });
    const plain = routing(settings('consistent-hashing')).router;
    for (const name of NAMES) {
      const output = name.replace(/^servers\.(\w+)\..*/, 'sums.$1.all');
      const wanted = destinationsOfName(plain, output).sort((a, b) => a - b);
      expect(destinationsOfName(router, name)).to.deep.equal(wanted);
    }
  });

  it('hashing methods: where the name goes that route-using.conf makes of it', () => {
    const using = RouteUsingRules.parse('^servers\\.(\\w+)\\..* = \\1\nservers = never\n');
    for (const method of ['consistent-hashing', 'jump_fnv1a_ch', 'fast-hashing'] as const) {
      const { router } = routing(settings(method), { using });
      const plain = routing(settings(method)).router;
      const hosts = NAMES.map((name) => name.split('.')[1]);
      expect(answersOf(router), method).to.deep.equal(answersOf(plain, hosts));
      expect(answersOf(router, ['other'])).to.deep.equal(answersOf(plain, ['other']));
    }
  });

  it('aggregated: a daemon that a ring gives twice is there once, with rules or without', () => {
    const one = {
      destinations: parseDestinations('10.0.0.1:2004'),
      replicationFactor: 2,
      diverseReplicas: false,
    };
    const { router } = routing(settings('aggregated-consistent-hashing', one));
    expect(answersOf(router, ['a'])).to.deep.equal([[0]]);
    const plain = routing(settings('consistent-hashing', one)).router;
    expect(answersOf(plain, ['a'])).to.deep.equal([[0, 0]]);
  });

  it('refuses what cannot be, naming the setting', () => {
    const jump = settings('fast-hashing', { routerHashType: 'jump_fnv1a_ch' });
    expect(codeOf(() => routing(jump))).to.match(/^RELAY_METHOD_UNUSABLE: .*ROUTER_HASH_TYPE/);
    const twice = settings('consistent-hashing', { destinations: parseDestinations('a:1, a:2') });
    expect(codeOf(() => routing(twice))).to.match(/^DESTINATION_DUPLICATE/);
  });
});
