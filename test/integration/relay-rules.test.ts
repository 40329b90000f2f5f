import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';

interface Series {
  target: string;
}

describe('the rules of a relay', function () {
  this.timeout(120_000);
  let cluster: ClusterUnderTest;
  let producer: LineProducer;

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      cluster: ['SHARDS = 6', 'ROUTER_HASH_TYPE = carbon_ch'],
      relay: ['USE_WHITELIST = True', 'RULE_RELOAD_INTERVAL = 0.2', 'MAX_POINT_AGE = 1h'],
    });
    producer = await LineProducer.connect(cluster.ports.line);
  });

  after(async () => {
    await producer?.end();
    await cluster?.remove();
  });

  const send = (...metrics: string[]): Promise<void> => {
    const timestamp = Math.floor(Date.now() / 1000);
    return producer.send(metrics.map((metric, value) => ({ metric, timestamp, value })));
  };
  /** The metrics of a folder that have a point. */
  const stored = async (folder: string): Promise<string[]> => {
    const query = `/render?target=${folder}.*&from=-10min&format=json&noNullPoints=1`;
    const series = (await (await fetch(cluster.url(query))).json()) as Series[];
    return series.map(({ target }) => target).sort();
  };
  const rejected = async (reason: string): Promise<number> => {
    const text = await (await fetch(cluster.url('/metrics'))).text();
    const pattern = new RegExp(
      `^carbonbus_rejected_total\\{.*reason="${reason}".*\\} (\\d+)$`,
      'm',
    );
    return Number(pattern.exec(text)?.[1]);
  };
  const file = (name: string): string => join(cluster.folder, 'config', name);

  it('come into force while it runs, and leave when their files do', async () => {
    await send('one.a', 'one.b');
    await eventually(
      30_000,
      'points without rules',
      async () => (await stored('one')).length === 2,
    );
    writeFileSync(file('blacklist.conf'), '^two\\.bad\n');
    writeFileSync(file('rewrite-rules.conf'), '[pre]\n^two\\.(.*) = \\1.two\n');
    // Rules are in force once the relay says so by what it does: until then names come as they are.
    await eventually(30_000, 'rewritten points', async () => {
      await send('two.bad', 'two.four', 'two.five');
      return (await stored('four')).length === 1;
    });
    expect(await stored('five')).to.deep.equal(['five.two']);
    await eventually(30_000, 'the counter', async () => (await rejected('blacklisted')) > 0);
    const explained = JSON.parse(await cluster.carbonbus('lookup', '--json', 'two.four'));
    expect(explained).to.include({ name: 'four.two', hash: 'carbon_ch' });

    rmSync(file('rewrite-rules.conf'));
    writeFileSync(file('blacklist.conf'), '');
    await eventually(30_000, 'points without rules again', async () => {
      await send('three.bad', 'two.again');
      return (await stored('two')).includes('two.again');
    });
  });

  it('refuse points that are too old, and say so', async () => {
    const timestamp = Math.floor(Date.now() / 1000) - 7200;
    await producer.send([{ metric: 'old.a', timestamp, value: 1 }]);
    await eventually(30_000, 'the counter', async () => (await rejected('too-old')) === 1);
    expect(await cluster.carbonbus('rejected')).to.match(/too-old.*old\.a/);
  });
});
