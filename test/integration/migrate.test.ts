import { type ChildProcess, execFile } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import type { MigrationReport } from '../../src/cli/operator/answers.js';
import { nodeFiles } from '../../src/storage/node-files.js';
import type { WhisperHeader } from '../../src/storage/whisper/format.js';
import { WhisperFiles } from '../../src/storage/whisper/whisper-files.js';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';
import { differences, whisperSlots } from '../support/whisper-slots.js';

const METRICS = 60;
/** Points of each metric before the edit, and those that arrive while its files are changed. */
const ROUNDS_BEFORE = 180;
const ROUNDS_MEANWHILE = 100;
const whisper = new WhisperFiles(nodeFiles);

describe('an edit of the storage files', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let producer: LineProducer;
  const endS = Math.floor(Date.now() / 10_000) * 10;
  const sent = new Map<number, number>();

  before(async function () {
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:1h',
      cache: [
        ...['SCHEMA_RELOAD_INTERVAL = 1', 'WRITE_DELAY = 0.2', 'CARBON_METRIC_INTERVAL = 0'],
        // This one looks only when it is told to.
        ...['[cache:node3]', 'SCHEMA_RELOAD_INTERVAL = 3600'],
      ],
      relay: ['CARBON_METRIC_INTERVAL = 0'],
    });
    producer = await LineProducer.connect(cluster.ports.line);
    for (let round = 0; round < ROUNDS_BEFORE; round++) await send(endS - round * 10, round);
    await eventually(60_000, 'all points in the files', () => missing().length === 0);
  });

  after(async () => {
    await producer?.end();
    await cluster?.remove();
  });

  /** A point of each metric: the same of all of them. */
  async function send(timestamp: number, value: number): Promise<void> {
    sent.set(timestamp, value);
    const names = Array.from({ length: METRICS }, (_, i) => `load.m${i}`);
    await producer.send(names.map((metric) => ({ metric, timestamp, value })));
  }

  /** The first file that has not all points, or is not there, and which it lacks. */
  function missing(): [string, number[]] | [] {
    for (let i = 0; i < METRICS; i++) {
      const files = filesOf(cluster, `load.m${i}`);
      if (files.length !== 2) return [`load.m${i}`, []];
      for (const path of files) {
        const gone = lost(sent, whisperSlots(path)[0]);
        if (gone.length > 0) return [path, gone];
      }
    }
    return [];
  }

  function edit(name: string, text: string): void {
    writeFileSync(join(cluster.folder, 'config', name), text);
  }

  it('counts for new metrics, live', async () => {
    expect(filesOf(cluster, 'load.m0').map(archivesOf)).to.deep.equal(['10:360', '10:360']);
    edit('storage-schemas.conf', '[all]\npattern = .*\nretentions = 10s:2h,1m:1d\n');
    edit('storage-aggregation.conf', '[all]\npattern = .*\naggregationMethod = max\n');
    cluster.signalChild('node3', 'SIGHUP');
    let made = 0;
    await eventually(60_000, 'a metric of the new schema on both replicas', async () => {
      const metric = `new.m${made++}`;
      await producer.send([{ metric, timestamp: endS, value: 1 }]);
      await cluster.settled(10_000);
      const files = filesOf(cluster, metric);
      return files.length === 2 && files.every((path) => archivesOf(path) === '10:720,60:1440');
    });
    expect(filesOf(cluster, 'load.m0').map(archivesOf)).to.deep.equal(['10:360', '10:360']);
  });

  it('is refused while it is broken, and the nodes say so', async () => {
    edit('storage-aggregation.conf', '[all]\npattern = .*\naggregationMethod = nonsense\n');
    cluster.signalChild('node3', 'SIGHUP');
    await eventually(60_000, 'three nodes to count the error', async () => {
      const metrics = await (await fetch(cluster.url('/metrics'))).text();
      const lines = metrics.match(/^carbonbus_schema_reload_errors_total\{.*\} 1$/gm);
      return lines?.length === 3;
    });
    const { code, stdout } = await migrate(cluster, '--json');
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as MigrationReport;
    for (const { refusals } of report.nodes)
      expect(refusals.join()).to.match(/storage-aggregation\.conf:3: .*nonsense/);
    edit('storage-aggregation.conf', '[all]\npattern = .*\naggregationMethod = max\n');
  });

  it('changes no more files once the command is stopped', async () => {
    const stopped = await migrate(cluster, 'load', '--rate', '0.02', '--json', (command) => {
      command.stderr?.once('data', () => command.kill('SIGINT'));
    });
    expect(stopped.code, stopped.stderr).to.equal(1);
    const report = JSON.parse(stopped.stdout) as MigrationReport;
    expect(report.isComplete).to.equal(false);
    expect(report.nodes.map(({ changed }) => changed)).to.deep.equal([1, 1, 1]);
  });

  it('ends at a second Ctrl-C where a node does not answer', async () => {
    cluster.signalChild('node1', 'SIGSTOP');
    const stopped = await migrate(cluster, 'load', '--dry-run', (command) => {
      command.stderr?.once('data', () => {
        command.kill('SIGINT');
        setTimeout(() => command.kill('SIGINT'), 300);
        setTimeout(() => command.kill('SIGKILL'), 5_000).unref();
      });
      command.once('exit', (_code, signal) => expect(signal).to.equal('SIGINT'));
    }).finally(() => cluster.signalChild('node1', 'SIGCONT'));
    expect(stopped.stdout).to.equal('');
    await cluster.ready();
  });

  it('changes existing files on request, while points arrive', async () => {
    const dry = JSON.parse((await migrate(cluster, 'load', '--dry-run', '--json')).stdout);
    expect(sum(dry, 'changed')).to.equal(2 * METRICS - 3);

    const running = migrate(cluster, 'load', '--rate', '12', '--json');
    let isRunning = true;
    const startedMs = performance.now();
    const finished = running.then((result) => {
      isRunning = false;
      return result;
    });
    let meanwhile = 0;
    for (let round = 0; round < ROUNDS_MEANWHILE; round++) {
      await send(endS - (ROUNDS_BEFORE + round) * 10, round);
      if (isRunning) meanwhile++;
      await new Promise((wake) => setTimeout(wake, 25));
    }
    const { code, stdout, stderr } = await finished;
    expect(code, stdout + stderr).to.equal(0);
    expect(performance.now() - startedMs, 'ms for 40 files on each node').to.be.greaterThan(2_000);
    expect(meanwhile, 'rounds of points sent meanwhile').to.be.greaterThan(30);
    expect(stderr).to.match(/^node1: \d+ checked, \d+ changed, 0 failed, \d+ left \| node2: /);
    const report = JSON.parse(stdout) as MigrationReport;
    expect(report).to.include({ isComplete: true });
    expect(sum(report, 'changed')).to.equal(2 * METRICS - 3);
    expect(sum(report, 'left')).to.equal(0);
  });

  it('has cost no point on any replica, and both are the same', async () => {
    await eventually(30_000, 'all points in the files', () => missing().length === 0).catch(() =>
      expect(missing()).to.deep.equal([]),
    );
    await cluster.settled(30_000);
    for (let i = 0; i < METRICS; i++) {
      const files = filesOf(cluster, `load.m${i}`);
      expect(files).to.have.length(2);
      for (const path of files) {
        expect(archivesOf(path)).to.equal('10:720,60:1440');
        expect(headerOf(path).aggregationMethod).to.equal('max');
      }
      const [a, b] = files.map(whisperSlots);
      expect(differences(a, b, 5), `load.m${i}`).to.deep.equal([]);
    }
    const leftOver = allFiles(cluster).filter((path) => path.includes('.migrate-new'));
    expect(leftOver).to.deep.equal([]);
  });

  it('has nothing left to do, and says so', async () => {
    const { code, stdout } = await migrate(cluster, 'load', '--dry-run');
    expect(code).to.equal(0);
    expect(stdout).to.match(/^NODE\s+CHECKED\s+DIFFER\s+FAILED\s+LEFT\nnode1\s+\d+\s+0\s+0\s+0\n/);
    expect((await migrate(cluster, '--rate', 'fast')).stderr).to.match(/a number from/);
  });
});

/** Runs the command; a last argument that is a function gets its process. */
function migrate(
  cluster: ClusterUnderTest,
  ...given: [...string[], string | ((command: ChildProcess) => void)]
): Promise<{ code: number; stdout: string; stderr: string }> {
  return new Promise((resolve) => {
    const args = given.filter((one) => typeof one === 'string');
    const [program, ...rest] = cluster.command('migrate', ...args);
    const command = execFile(program, rest, (error, stdout, stderr) => {
      resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
    });
    for (const use of given) if (typeof use === 'function') use(command);
  });
}

function allFiles(cluster: ClusterUnderTest): string[] {
  return readdirSync(join(cluster.folder, 'data'), { recursive: true, encoding: 'utf8' });
}

/** The file of a metric `folder.name` on each of its replicas. */
function filesOf(cluster: ClusterUnderTest, metric: string): string[] {
  const [folder, name] = metric.split('.');
  return allFiles(cluster)
    .filter((path) => path.endsWith(`/whisper/${folder}/${name}.wsp`))
    .map((path) => join(cluster.folder, 'data', path));
}

function headerOf(path: string): WhisperHeader {
  const header = whisper.info(path);
  if (header === undefined) throw new Error(`${path} has gone`);
  return header;
}

function archivesOf(path: string): string {
  return headerOf(path)
    .archives.map(({ secondsPerPoint, points }) => `${secondsPerPoint}:${points}`)
    .join(',');
}

/** The points that are not there, or not as they were sent. */
function lost(sent: Map<number, number>, there: Map<number, number>): number[] {
  return [...sent].filter(([at, value]) => there.get(at) !== value).map(([at]) => at);
}

function sum(report: MigrationReport, of: 'changed' | 'left'): number {
  return report.nodes.reduce((total, node) => total + node[of], 0);
}
