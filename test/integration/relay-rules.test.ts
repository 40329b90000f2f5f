import { appendFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { type LineSink, startLineSink } from '../support/line-sink.js';
import { LineProducer } from '../support/producers.js';

interface Series {
  target: string;
}

describe('the rules of a relay', function () {
  this.timeout(180_000);
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

  describe('of a forwarder', () => {
    let sinks: LineSink[];

    before(async () => {
      sinks = [await startLineSink(), await startLineSink()];
      const [left, right] = sinks.map(({ port }) => `127.0.0.1:${port}`);
      appendFileSync(
        file('carbon.conf'),
        [
          '[relay:forwarder1]',
          `DESTINATIONS = ${left}, ${right}`,
          'DESTINATION_PROTOCOL = line',
          'RELAY_METHOD = rules',
        ].join('\n'),
      );
      rules(`[f]\npattern = ^f\\.\ndestinations = ${left}\n`, right);
      cluster.startRole('forwarder1');
    });

    after(() => {
      for (const { server } of sinks) server.close();
    });

    /** @param others where all goes that no section before takes */
    const rules = (sections: string, others: string): void =>
      writeFileSync(
        file('relay-rules.conf'),
        `${sections}[others]\ndefault = true\ndestinations = ${others}\n`,
      );
    /** Which of the sinks have a metric. */
    const takers = (metric: string): number[] =>
      sinks.flatMap(({ lines }, i) =>
        [...lines].some((line) => line.startsWith(`${metric} `)) ? [i] : [],
      );
    const edits = async (): Promise<number> => {
      const text = await (await fetch(cluster.url('/metrics'))).text();
      const pattern = /^carbonbus_rule_reload_errors_total\{role="forwarder".*\} (\d+)$/m;
      return Number(pattern.exec(text)?.[1]);
    };

    it('are edited while it runs, also to more destinations than before', async () => {
      await send('f.one', 'g.one');
      await eventually(
        30_000,
        'both points',
        () => takers('f.one').length * takers('g.one').length > 0,
      );
      expect([takers('f.one'), takers('g.one')]).to.deep.equal([[0], [1]]);
      const [left, right] = sinks.map(({ port }) => `127.0.0.1:${port}`);
      rules(`[g]\npattern = ^g\\.\ndestinations = ${left}\ncontinue = true\n`, right);
      let round = 0;
      await eventually(30_000, 'the edit', async () => {
        await send(`g.edited${++round}`, `f.edited${round}`);
        return takers(`g.edited${round - 1}`).length === 2;
      });
      expect(takers(`f.edited${round - 1}`)).to.deep.equal([1]);
    });

    it('stay as they were when an edit cannot be, until one can', async () => {
      const before = await edits();
      writeFileSync(file('relay-rules.conf'), '[g]\npattern = (\n');
      await eventually(30_000, 'the refusal', async () => (await edits()) === before + 1);
      await send('g.broken', 'f.broken');
      await eventually(30_000, 'the point at both', () => takers('g.broken').length === 2);
      await eventually(30_000, 'the point at one', () => takers('f.broken').length === 1);
      const [left] = sinks.map(({ port }) => `127.0.0.1:${port}`);
      rules('', left);
      let round = 0;
      await eventually(30_000, 'the mended rules', async () => {
        await send(`g.mended${++round}`);
        const found = takers(`g.mended${round - 1}`);
        return found.length === 1 && found[0] === 0;
      });
    });
  });
});
