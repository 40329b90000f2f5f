import { expect } from 'chai';
import { ClusterUnderTest } from '../support/cluster.js';
import {
  caughtUp,
  datacentre,
  missingAnywhere,
  surviveCutAndKill,
} from '../support/datacentres.js';
import { freePort } from '../support/free-port.js';
import { LinkedNamespaces } from '../support/linked-namespaces.js';
import { SteadyLoad } from '../support/steady-load.js';

/** No longer than it takes to be noticed by default; CUT_SECONDS=60 is a long one. */
const CUT_MS = Number(process.env.CUT_SECONDS ?? 0) * 1000;
const METRICS = Number(process.env.CUT_METRICS ?? 200);
const DATACENTRES = ['dc1', 'dc2'];

describe('two datacentres, each in a network of its own', function () {
  this.timeout(180_000 + 2 * CUT_MS);
  const all: ClusterUnderTest[] = [];
  let networks: LinkedNamespaces | undefined;

  before(async function () {
    networks = LinkedNamespaces.make();
    if (networks === undefined) return this.skip();
    const leaf = `${networks.both[0].linkAddress}:${await freePort()}`;
    const leaves = [`LEAF_LISTEN = ${leaf}`, `LEAF_REMOTES = nats-leaf://${leaf}`];
    for (const [i, namespace] of networks.both.entries()) {
      const options = datacentre(DATACENTRES[i], [DATACENTRES[1 - i]], [leaves[i]]);
      all.push(await ClusterUnderTest.start(this, { ...options, namespace }));
    }
    await caughtUp(all);
  });

  after(async () => {
    await Promise.all(all.map((cluster) => cluster.remove()));
    networks?.remove();
  });

  it('have all points on all disks, after the cable was out and a nats-server died', async () => {
    const loads = await Promise.all(
      all.map((cluster, i) => SteadyLoad.start(cluster, DATACENTRES[i], METRICS)),
    );
    await surviveCutAndKill(all, loads, networks!, CUT_MS);
    expect(await missingAnywhere(all, loads)).to.deep.equal([]);
  });
});
