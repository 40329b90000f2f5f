import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Lookup } from '../../src/cli/operator/answers.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { outputOf, requireProgram, withSbin } from '../support/programs.js';

const METRIC = 'collectd.agent.load.load.shortterm';

interface TreeItem {
  text: string;
  leaf: number;
}

interface RenderedSeries {
  target: string;
  datapoints: [number | null, number][];
}

describe('a real agent: collectd with write_graphite', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let collectd: ChildProcess;

  before(async function () {
    requireProgram(this, 'collectd', 'collectd-core');
    requireProgram(this, 'whisper-info', 'python3-whisper');
    cluster = await ClusterUnderTest.start(this, { cache: ['WRITE_DELAY = 1'] });
    collectd = startCollectd(cluster);
  });

  after(async () => {
    collectd?.kill('SIGTERM');
    await cluster?.remove();
  });

  it('shows up in /metrics/find', async () => {
    await eventually(30_000, 'collectd to show up', async () => {
      const items = await cluster.json<TreeItem[]>('/metrics/find?query=collectd.agent.*');
      return items.some((item) => item.text === 'load') && items.some((i) => i.text === 'memory');
    });
  });

  it('shows up in /render, by name and by glob', async () => {
    const series = await rendered(cluster, METRIC);
    expect(series.map((one) => one.target)).to.deep.equal([METRIC]);
    const all = await rendered(cluster, 'collectd.agent.load.load.*');
    expect(all.map((one) => one.target.split('.').at(-1))).to.have.members([
      'longterm',
      'midterm',
      'shortterm',
    ]);
  });

  it('has files on both replicas that Python’s whisper reads', async () => {
    const { replicas } = JSON.parse(await cluster.carbonbus('lookup', METRIC, '--json')) as Lookup;
    expect(replicas).to.have.length(2);
    const [{ datapoints }] = await rendered(cluster, METRIC);
    // collectd sends each second: a slot has its last value when the next one has begun.
    const known = datapoints.filter(([value]) => value !== null).slice(0, -1);
    expect(known).to.not.be.empty;
    await cluster.settled(30_000);
    for (const { file } of replicas) {
      const info = await outputOf('whisper-info', file);
      expect(info).to.match(/aggregationMethod: average/);
      expect(info).to.match(/secondsPerPoint: 10/);
      const from = String(known[0][1] - 10);
      const fetched = await outputOf('whisper-fetch', `--from=${from}`, '--drop=nulls', file);
      for (const [value, timestamp] of known) {
        const line = new RegExp(`^${timestamp}\\s+(\\S+)$`, 'm').exec(fetched);
        expect(Number(line?.[1]), `${file} at ${timestamp}`).to.be.closeTo(value ?? 0, 1e-5);
      }
    }
  });
});

/** The points of the last minute that a target has, once there are at least two. */
async function rendered(cluster: ClusterUnderTest, target: string): Promise<RenderedSeries[]> {
  let series: RenderedSeries[] = [];
  await eventually(30_000, `points of ${target}`, async () => {
    const query = new URLSearchParams({ target, from: '-1min', format: 'json' });
    series = await cluster.json<RenderedSeries[]>(`/render?${query}`);
    return series.some((one) => one.datapoints.filter(([value]) => value !== null).length >= 2);
  });
  return series;
}

function startCollectd(cluster: ClusterUnderTest): ChildProcess {
  const folder = join(cluster.folder, 'collectd');
  mkdirSync(folder);
  const config = join(folder, 'collectd.conf');
  writeFileSync(
    config,
    `Hostname "agent"
FQDNLookup false
Interval 1
BaseDir "${folder}"
PIDFile "${folder}/pid"
LoadPlugin load
LoadPlugin memory
LoadPlugin write_graphite
<Plugin write_graphite>
  <Node "carbonbus">
    Host "127.0.0.1"
    Port "${cluster.ports.line}"
    Protocol "tcp"
    Prefix "collectd."
  </Node>
</Plugin>
`,
  );
  return spawn('collectd', ['-f', '-C', config], { env: withSbin(), stdio: 'ignore' });
}
