import { join } from 'node:path';
import { expect } from 'chai';
import type { DestinationView } from '../../src/actors/query/cluster-view.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { DebianCarbonCache, startCrelay } from '../support/debian-carbon.js';
import { freePort } from '../support/free-port.js';
import { type LineSink, startLineSink } from '../support/line-sink.js';
import { LineProducer } from '../support/producers.js';
import { requireProgram } from '../support/programs.js';
import { archives, openStore } from '../support/test-store.js';

const METRICS = 300;
const ROUNDS = 50;
const ROUND_MS = 100;
/** What the caches may have in memory when they are killed is younger than this. */
const HOLDBACK_S = 4;
const CATCH_UP_MS = 30_000;
const START_S = Math.floor(Date.now() / 1000) - 900;

function metric(i: number): string {
  return `legacy.host${i % 20}.metric${i}`;
}

function value(i: number, round: number): number {
  return i + round / 8;
}

/**
 * carbon-c-relay -> relay -> logs -> forwarder1 -> two carbon-caches (pickle)
 *                                 -> forwarder2 -> carbon-c-relay -> a sink (lines)
 */
describe('legacy destinations', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let caches: DebianCarbonCache[];
  let sink: LineSink;
  let frontPort: number;
  const relays: { end(): void }[] = [];

  before(async function () {
    requireProgram(this, 'carbon-cache', 'graphite-carbon');
    requireProgram(this, 'carbon-c-relay', 'carbon-c-relay');
    const ports = await Promise.all(Array.from({ length: 8 }, () => freePort()));
    const [behindPort] = ports;
    frontPort = ports[1];
    sink = await startLineSink();
    const relay = (folder: string): string[] => {
      caches = [0, 1].map((i) => {
        const [line, pickle, query] = ports.slice(2 + i * 3);
        return new DebianCarbonCache(join(folder, `cache${i}`), { line, pickle, query }, '1s:1h');
      });
      return [
        'LINE_RECEIVER_INTERFACE = 127.0.0.1',
        '[relay:forwarder1]',
        `DESTINATIONS = ${caches.map(({ ports: { pickle } }, i) => `127.0.0.1:${pickle}:${i}`).join(', ')}`,
        'RELAY_METHOD = consistent-hashing',
        'DIVERSE_REPLICAS = False',
        `DESTINATION_HOLDBACK = ${HOLDBACK_S}`,
        'DESTINATION_HOLDBACK_BYTES = 0',
        '[relay:forwarder2]',
        `DESTINATIONS = 127.0.0.1:${behindPort}`,
        'DESTINATION_PROTOCOL = line',
        'RELAY_METHOD = forward',
      ];
    };
    cluster = await ClusterUnderTest.start(this, { relay });
    relays.push(
      await startCrelay(
        join(cluster.folder, 'front'),
        frontPort,
        `cluster us forward 127.0.0.1:${cluster.ports.line} ;\nmatch * send to us stop ;`,
      ),
      await startCrelay(
        join(cluster.folder, 'behind'),
        behindPort,
        `cluster sink forward 127.0.0.1:${sink.port} ;\nmatch * send to sink stop ;`,
      ),
    );
    // The second cache is absent at start, as is what makes the others wait for it.
    await caches[0].start();
    cluster.startRole('forwarder1');
    cluster.startRole('forwarder2');
    await eventually(60_000, 'the forwarders', async () => (await destinations()).length === 3);
  });

  after(async () => {
    await Promise.all((caches ?? []).map((cache) => cache.end('SIGKILL')));
    for (const relay of relays) relay.end();
    sink?.server.close();
    await cluster?.remove();
  });

  async function destinations(): Promise<DestinationView[]> {
    return (await cluster.view()).destinations;
  }

  async function caughtUp(): Promise<void> {
    await eventually(CATCH_UP_MS, 'the destinations to catch up', async () => {
      const all = await destinations();
      return (
        all.length === 3 &&
        all.every(({ state, lag, pendingPoints }) => state === 'live' && lag + pendingPoints === 0)
      );
    });
  }

  /** How many of the values of `rounds` seconds from `START_S` on the caches' files hold; a wrong one is an error. */
  function stored(names: string[], rounds: number, wanted: (i: number, round: number) => number) {
    const rule = { archives: archives([1, 3600]), xFilesFactor: 0.5, method: 'average' as const };
    const nowS = Math.floor(Date.now() / 1000);
    const stores = caches.map(({ root }) => openStore(root, { rule }));
    let found = 0;
    for (const [i, name] of names.entries()) {
      for (const store of stores) {
        const series = store.fetch(undefined, name, START_S - 1, START_S + rounds - 1, nowS);
        for (let round = 0; series !== null && round < rounds; round++) {
          const there = series.values[START_S + round - series.startS];
          if (there === wanted(i, round)) found++;
          else if (!Number.isNaN(there)) throw new Error(`${name} is ${there} in ${round}`);
        }
      }
    }
    for (const store of stores) store.close();
    return found;
  }

  it('has every point in every file after a cache was killed and started again while points flow', async () => {
    const producer = await LineProducer.connect(frontPort);
    for (let round = 0; round < ROUNDS; round++) {
      await producer.send(
        Array.from({ length: METRICS }, (_, i) => ({
          metric: metric(i),
          timestamp: START_S + round,
          value: value(i, round),
        })),
      );
      if (round === 10) await caches[1].start();
      if (round === 20) await caches[0].end('SIGKILL');
      if (round === 35) await caches[0].start();
      await new Promise((wake) => setTimeout(wake, ROUND_MS));
    }
    await producer.end();
    const startedMs = Date.now();
    const names = Array.from({ length: METRICS }, (_, i) => metric(i));
    await eventually(
      CATCH_UP_MS,
      'every point in the files',
      () => stored(names, ROUNDS, value) === METRICS * ROUNDS,
    );
    await caughtUp();
    console.log(`      caught up ${Date.now() - startedMs} ms after the last point`);
    const [first] = await destinations();
    expect(first.counters.connectionsLost).to.equal(1);
    expect(first.counters.pointsResent).to.be.above(0);
    expect(first.counters.messagesLost).to.equal(0);
  });

  it('has brought every point through carbon-c-relay in front and behind', async () => {
    const missing = (): string | undefined => {
      for (let round = 0; round < ROUNDS; round++)
        for (let i = 0; i < METRICS; i++) {
          const line = `${metric(i)} ${value(i, round)} ${START_S + round}`;
          if (!sink.lines.has(line)) return line;
        }
      return undefined;
    };
    // carbon-c-relay passes on what it has at its own pace.
    await eventually(CATCH_UP_MS, 'every line at the sink', () => missing() === undefined);
  });

  it('goes on after its own kill -9, and after an outage of nats-server, with every point', async () => {
    const producer = await LineProducer.connect(cluster.ports.line);
    for (let round = 0; round < 30; round++) {
      await producer.send([{ metric: 'legacy.kill', timestamp: START_S + round, value: round }]);
      if (round === 10) cluster.signalChild('forwarder2', 'SIGKILL');
      if (round === 15) cluster.signalChild('nats', 'SIGKILL');
      await new Promise((wake) => setTimeout(wake, ROUND_MS));
    }
    await producer.end();
    const wanted = Array.from({ length: 30 }, (_, i) => `legacy.kill ${i} ${START_S + i}`);
    await eventually(CATCH_UP_MS, 'every point', () =>
      wanted.every((line) => sink.lines.has(line)),
    );
  });

  it('does not wait for a cache that hangs, which has all once it goes on', async () => {
    caches[0].signal('SIGSTOP');
    const producer = await LineProducer.connect(cluster.ports.line);
    const points = Array.from({ length: 40_000 }, (_, i) => ({
      metric: `hanging.metric${i % 400}`,
      timestamp: START_S + Math.floor(i / 400),
      value: i,
    }));
    for (let from = 0; from < points.length; from += 1_000)
      await producer.send(points.slice(from, from + 1_000));
    await producer.end();
    await eventually(CATCH_UP_MS, 'the other cache to have its points', async () => {
      const other = (await destinations())[1];
      return other.lag === 0 && other.pendingPoints === 0;
    });
    caches[0].signal('SIGCONT');
    await caughtUp();
    await eventually(CATCH_UP_MS, 'every point in the files', () => {
      const names = Array.from({ length: 400 }, (_, i) => `hanging.metric${i}`);
      return stored(names, 100, (i, round) => round * 400 + i) === points.length;
    });
  });

  it('shows the destinations in the status', async () => {
    const text = await cluster.carbonbus('status');
    expect(text).to.match(/DESTINATION +FORWARDER +STATE +UP +SENT +RESENT +LAG/);
    expect(text).to.match(/127\.0\.0\.1:\d+:0 +forwarder1 +live +1\/1 +\d+ +\d+ +0/);
  });
});
