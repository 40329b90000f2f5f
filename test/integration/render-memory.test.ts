import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { expect } from 'chai';
import { FROM_S } from '../support/fake-cluster.js';

const PROGRAM = resolve(import.meta.dirname, '../support/large-render.js');
const SERIES = 10_000;
const POINTS = 1_000;
/** Its nodes are in the same process, and their replies of 160 MB are not half of this. */
const RESIDENT_MB_MAX = 1_200;

describe('a query over 10,000 series of 1,000 points', function () {
  this.timeout(180_000);
  let server: ChildProcess;
  let port = 0;

  before(async () => {
    server = spawn(process.execPath, [PROGRAM], {
      env: { ...process.env, SERIES: String(SERIES), POINTS: String(POINTS) },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [said] = await once(server.stdout!, 'data');
    port = Number(said);
  });
  after(() => server?.kill());

  /** Status and length of an answer, which is not kept. */
  async function ask(target: string): Promise<{ status: number; bytes: number }> {
    const untilS = FROM_S + POINTS;
    const window = `from=${FROM_S}&until=${untilS}&now=${untilS}&format=json`;
    const answer = await fetch(`http://127.0.0.1:${port}/render?target=${target}&${window}`);
    let bytes = 0;
    for await (const chunk of answer.body!) bytes += (chunk as Uint8Array).length;
    return { status: answer.status, bytes };
  }

  /** The most memory that the process had at any time. */
  function peakMb(): number {
    const line = readFileSync(`/proc/${server.pid}/status`, 'utf8').match(/VmHWM:\s+(\d+) kB/)!;
    return Number(line[1]) / 1024;
  }

  it('is answered in bounded memory, however long the chain of its functions is', async () => {
    const whole = await ask('*.load');
    expect(whole.status).to.equal(200);
    expect(whole.bytes).to.be.greaterThan(SERIES * POINTS * 15);
    const chain = 'sumSeries(absolute(offset(scale(absolute(offset(scale(*.load,2),1)),2),1)))';
    expect(await ask(chain)).to.include({ status: 200 });
    console.log(`      ${Math.round(peakMb())} MB at most`);
    expect(peakMb()).to.be.lessThan(RESIDENT_MB_MAX);
  });

  it('is refused where it would hold more than it may', async () => {
    const all = Array.from({ length: 8 }, (_, i) => `limit(scale(*.load,${i}),9000)`).join(',');
    expect((await ask(`sumSeries(${all})`)).status).to.equal(400);
    expect(peakMb()).to.be.lessThan(RESIDENT_MB_MAX);
  });
});
