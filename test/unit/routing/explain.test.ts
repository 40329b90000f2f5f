import { expect } from 'chai';
import { parseDestination } from '../../../src/config/destination.js';
import { explainName } from '../../../src/routing/explain.js';
import { NameCleansing } from '../../../src/routing/rules/name-cleansing.js';
import { NameRules } from '../../../src/routing/rules/name-rules.js';
import { RelayRules, RelayRulesRouter } from '../../../src/routing/rules/relay-rules.js';
import { ShardMap } from '../../../src/routing/shard-map.js';
import { ruleSet } from '../../support/test-pipeline.js';

const MAP = new ShardMap({
  epoch: 1,
  shardCount: 4,
  replicationFactor: 1,
  nodes: [{ name: 'node1', zone: 'z' }],
  routerHashType: 'fnv1a_ch',
});
const RULES = ruleSet({
  blacklist: '^secret\n',
  rewrite: '[pre]\n^a = b\n[post]\n^b = c;z=1\n',
  quotas: '[c]\npattern = ^c\n',
});

describe('explainName', () => {
  it('tells every step', () => {
    const relayRules = RelayRules.parse(
      '[c]\npattern = ^c\ndestinations = h1:1\ncontinue = true\n[all]\ndefault = true\ndestinations = h2:2:i\n',
    );
    const destinations = ['h1:1', 'h2:2:i'].map(parseDestination);
    const router = new RelayRulesRouter(relayRules, destinations);
    const rules = new NameRules(RULES, new NameCleansing());
    expect(explainName('a..x;y=2', rules, MAP, { router, destinations, relayRules })).to.deep.equal(
      {
        received: 'a..x;y=2',
        cleansed: 'a.x;y=2',
        rewrittenBefore: 'b.x;y=2',
        rewrittenAfter: 'c;z=1.x;y=2',
        stored: 'c;y=2;z=1.x',
        rejected: undefined,
        quota: 0,
        hash: 'fnv1a_ch',
        shard: MAP.shardOfMetric('c;y=2;z=1.x'),
        nodes: [{ name: 'node1', zone: 'z' }],
        relayRules: ['c', 'all'],
        destinations: ['h1:1', 'h2:2:i'],
      },
    );
  });

  it('says why a name is kept out', () => {
    const explanation = explainName('secret.x', new NameRules(RULES), MAP);
    expect(explanation).to.include({ rejected: 'blacklisted', quota: -1, stored: 'secret.x' });
    expect(explanation.destinations).to.deep.equal([]);
  });
});
