import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import { LineProducer } from '../support/producers.js';

interface Tail {
  process: ChildProcess;
  lines: () => string[];
  complaints: () => string;
  ended: Promise<[number | null]>;
}

describe('operators’ commands on a cluster', function () {
  this.timeout(180_000);
  let cluster: ClusterUnderTest;
  let producer: LineProducer;
  const tails: Tail[] = [];
  let nowS = 0;

  before(async function () {
    nowS = Math.floor(Date.now() / 10_000) * 10;
    cluster = await ClusterUnderTest.start(this);
    producer = await LineProducer.connect(cluster.ports.line);
  });

  afterEach(() => {
    for (const { process } of tails.splice(0)) process.kill('SIGKILL');
  });

  after(async () => {
    await producer?.end();
    await cluster?.remove();
  });

  /** Starts a tail, and sends points of `beacon.*` until it shows one: from then on it sees everything. */
  async function tail(...args: string[]): Promise<Tail> {
    const [program, ...rest] = cluster.command('tail', ...args);
    const process = spawn(program, rest);
    const texts = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const) {
      process[stream].setEncoding('utf8').on('data', (text: string) => {
        texts[stream] += text;
      });
    }
    const ended = once(process, 'close') as Promise<[number | null]>;
    const tail = {
      process,
      lines: () => linesOf(texts.stdout),
      complaints: () => texts.stderr,
      ended,
    };
    tails.push(tail);
    await eventually(60_000, 'the tail to see points', async () => {
      const beacons = Array.from({ length: 64 }, (_, i) => `beacon.b${i};dc=east`);
      await producer.send(beacons.map((metric) => ({ metric, timestamp: nowS, value: 1 })));
      const seen = new Set(tail.lines().map((line) => /beacon\.b\d+/.exec(line)?.[0]));
      seen.delete(undefined);
      return seen.size === beacons.length;
    });
    return tail;
  }

  function send(...points: [metric: string, value: number][]): Promise<void> {
    return producer.send(points.map(([metric, value]) => ({ metric, timestamp: nowS, value })));
  }

  it('tail shows the points of a glob as they pass, and ends at Ctrl-C', async () => {
    const { process, lines, ended, complaints } = await tail('beacon', 'seen.*.x');
    await send(['seen.a.x', 1], ['seen.a.y', 2], ['unseen.a.x', 3], ['seen.b.x', 4.5]);
    const seen = () => lines().filter((line) => !line.startsWith('beacon'));
    await eventually(20_000, 'both points', () => seen().length === 2);
    expect(seen()).to.have.members([`seen.a.x 1 ${nowS}`, `seen.b.x 4.5 ${nowS}`]);
    process.kill('SIGINT');
    expect(await ended).to.deep.equal([0, null]);
    expect(complaints()).to.equal('');
  });

  it('tail shows the points that expressions on tags select, as JSON, and ends after so many', async () => {
    const { lines, ended } = await tail(
      'dc=east',
      'name!=other',
      '--json',
      '--count',
      '2000',
      '--rate',
      '100000',
    );
    await send(['other;dc=east', 1], ['mine;dc=west', 2], ['mine;host=a;dc=east', 3]);
    const others = () => lines().filter((line) => !line.includes('beacon'));
    await eventually(20_000, 'the point', () => others().length === 1);
    const point = JSON.parse(others()[0]) as object;
    expect(point).to.include({ name: 'mine;dc=east;host=a', value: 3, timestamp: nowS });
    expect(point).to.have.keys('name', 'value', 'timestamp', 'shard', 'sequence');
    await send(...Array.from({ length: 3000 }, (_, i): [string, number] => [`m${i};dc=east`, i]));
    expect(await ended).to.deep.equal([0, null]);
    expect(lines()).to.have.length(2000);
  });

  it('tail says how many points it does not show', async () => {
    const { lines, complaints } = await tail('beacon', 'many', '--rate', '100');
    await send(...Array.from({ length: 1000 }, (_, i): [string, number] => [`many.m${i}`, i]));
    await eventually(20_000, 'a note for most of them', () => {
      const notes = [...complaints().matchAll(/(\d+) points not shown: more than --rate 100/g)];
      const shown = lines().filter((line) => line.startsWith('many')).length;
      return shown < 400 && notes.some((match) => Number(match[1]) >= 600);
    });
  });

  it('lookup tells of the newest points where it is asked to', async () => {
    await send(['looked.up', 42]);
    await eventually(30_000, 'the point', async () =>
      /queue\s+1\s.*\s42\s|file\s+1\s.*\s42\s/.test(
        await cluster.carbonbus('lookup', '--live', 'looked.up'),
      ),
    );
    const json = await cluster.carbonbus('lookup', '--live', '--json', 'looked.up');
    expect(JSON.parse(json)).to.include.keys('shard', 'replicas', 'whereabouts', 'logEnd');
  });
});

function linesOf(text: string): string[] {
  return text.split('\n').filter((line) => line !== '');
}
