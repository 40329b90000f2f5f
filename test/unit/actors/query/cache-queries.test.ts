import { expect } from 'chai';
import { CacheQueries } from '../../../../src/actors/query/cache-queries.js';
import { Inquiries } from '../../../../src/actors/query/inquiry.js';
import { MetricHeaders } from '../../../../src/actors/query/metric-headers.js';
import { NodeClient } from '../../../../src/actors/query/node-client.js';
import { FakeCluster, REQUEST_TIMEOUT_MS } from '../../../support/fake-cluster.js';
import { pass, watch } from '../../../support/fake-time.js';

const METRIC = 'servers.web1.cpu';
const KEY = 'aggregationMethod';

/** A cluster where both homes of `METRIC` have its file. */
function withFiles() {
  const cluster = new FakeCluster();
  cluster.beat({ node1: 'live', node2: 'live', node3: 'live' });
  const homes = cluster.homes(METRIC);
  for (const home of homes) cluster.node(home).methods[METRIC] = 'average';
  const { membership, shardMap } = cluster;
  const client = new NodeClient(cluster.bus, REQUEST_TIMEOUT_MS);
  const headers = new MetricHeaders({ client, membership, shardMap });
  return { cluster, homes, queries: new CacheQueries(cluster.query, headers) };
}

describe('CacheQueries', () => {
  it('tells the aggregation method of any metric, by the node that has it', async () => {
    const { queries, cluster, homes } = withFiles();
    expect(await queries.getMetadata(METRIC)).to.deep.equal({ value: 'average' });
    expect(cluster.asked.map(({ node }) => node)).to.deep.equal([homes[0]]);
  });

  it('turns to the other replica where the first has no file yet', async () => {
    const { queries, cluster, homes } = withFiles();
    delete cluster.node(homes[0]).methods[METRIC];
    expect(await queries.getMetadata(METRIC)).to.deep.equal({ value: 'average' });
  });

  it('sets it on all replicas and gives the old one', async () => {
    const { queries, cluster, homes } = withFiles();
    expect(await queries.setMetadata(METRIC, KEY, 'max')).to.deep.equal({ value: 'average' });
    for (const home of homes) expect(cluster.node(home).methods[METRIC]).to.equal('max');
  });

  it('says which replica was not set', async () => {
    const { queries, cluster, homes } = withFiles();
    delete cluster.node(homes[1]).methods[METRIC];
    expect((await queries.setMetadata(METRIC, KEY, 'max')).error).to.match(
      new RegExp(`^PARTLY_SET: ${homes[1]} has no file`),
    );
  });

  it('says that there is no file', async () => {
    const { queries } = withFiles();
    for (const answer of [
      await queries.getMetadata('no.such'),
      await queries.setMetadata('no.such', KEY, 'max'),
    ])
      expect(answer.error).to.match(/no whisper file of no\.such/);
  });

  it('says that nobody answers', async () => {
    const { queries, cluster, homes } = withFiles();
    for (const home of homes) cluster.silence(home);
    const asked = watch(queries.getMetadata(METRIC));
    await pass(cluster.clock, 3 * REQUEST_TIMEOUT_MS);
    expect(asked.value?.error).to.match(/^NO_REPLICA/);
  });

  it('tells of names that it may see alone, and changes nothing then', async () => {
    const { cluster } = withFiles();
    const { membership, shardMap } = cluster;
    const client = new NodeClient(cluster.bus, REQUEST_TIMEOUT_MS);
    const headers = new MetricHeaders({ client, membership, shardMap });
    const inquiry = new Inquiries(false).open({ prefixes: ['app.'] });
    const queries = new CacheQueries(cluster.query.for(inquiry), headers);
    for (const home of cluster.homes(METRIC)) cluster.node(home).queued[METRIC] = [[1, 10]];
    expect(await queries.query(METRIC)).to.deep.equal({ timestamps: [], values: [] });
    expect(await queries.getMetadata(METRIC)).to.have.property('error');
    expect(await queries.setMetadata(METRIC, KEY, 'max')).to.have.property('error');
    expect(cluster.asked).to.deep.equal([]);
  });
});
