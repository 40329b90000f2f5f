import { expect } from 'chai';
import type { NamedPoint } from '../../../support/fake-points.js';
import { FakeReplica, FOLDER } from '../../../support/fake-replica.js';
import { pass } from '../../../support/fake-time.js';
import { Random } from '../../../support/random.js';
import { archives } from '../../../support/test-store.js';
import { slotsOfBytes } from '../../../support/whisper-slots.js';

const DELAY_MS = 20_000;
/** Third archives may be behind by so much, and one that gets no more points is looked for after twice that. */
const COARSE_MS = 4 * DELAY_MS;
const POLICY = { rollUpDelayMs: DELAY_MS, writeDelayMs: 0 };
const STEPS = [1, 10, 60] as const;
const ARCHIVES = archives([STEPS[0], 7_200], [STEPS[1], 1_200], [STEPS[2], 600]);
const METRICS = Array.from({ length: 12 }, (_, i) => `m${i}`);
const BUSY = 'busy';
const TAKES_OVER = 'rolling up into coarse archives what was left';
const TOOK_OVER = 'rolled up into coarse archives what was left';

type Slots = ReadonlyMap<number, number>;

/** The archives of a file, finest first. */
function slotsOf(replica: FakeReplica, name: string): Slots[] {
  return slotsOfBytes(Buffer.from(replica.files.readAll(`${FOLDER}/whisper/${name}.wsp`)));
}

/** What a coarser archive has to hold: averages, where there are half of the points. */
function rolledUp(finer: Slots, fromStep: number, toStep: number): Slots {
  const windows = new Map<number, number[]>();
  for (const [timestamp, value] of [...finer].sort(([a], [b]) => a - b)) {
    const start = timestamp - (timestamp % toStep);
    windows.set(start, [...(windows.get(start) ?? []), value]);
  }
  const whole = (toStep / fromStep) * 0.5;
  return new Map(
    [...windows].flatMap(([start, values]) =>
      values.length < whole ? [] : [[start, values.reduce((a, b) => a + b) / values.length]],
    ),
  );
}

function expectRolledUp(replica: FakeReplica, name: string): void {
  const [finest, second, third] = slotsOf(replica, name);
  expect(second, `${name}, second`).to.deep.equal(rolledUp(finest, STEPS[0], STEPS[1]));
  expect(third, `${name}, third`).to.deep.equal(rolledUp(second, STEPS[1], STEPS[2]));
}

/** Each metric sends for a while and falls silent, again and again; one goes on and on. */
async function live(replica: FakeReplica, seconds: number, random: Random): Promise<void> {
  const sends = METRICS.map(() => random.chance(0.5));
  for (let second = 0; second < seconds; second++) {
    for (let i = 0; i < sends.length; i++) if (random.chance(0.03)) sends[i] = !sends[i];
    const names = [BUSY, ...METRICS.filter((_, i) => sends[i])];
    replica.append(...names.map((name): NamedPoint => [name, replica.nowS, random.int(0, 99)]));
    await pass(replica.clock, 1_000, 250);
  }
}

async function opened(): Promise<FakeReplica> {
  const replica = new FakeReplica({ policy: POLICY, archives: ARCHIVES });
  await replica.pass(500);
  return replica;
}

describe('the third archives of a replica', () => {
  it('are rolled up less often than the second ones, and are no reason to wait for a checkpoint', async () => {
    const replica = await opened();
    await live(replica, 120, new Random(1));
    const [finest, second, third] = slotsOf(replica, BUSY);
    const [newest] = [Math.max(...finest.keys())];
    expect(newest - Math.max(...second.keys())).to.be.at.most(2 * (DELAY_MS / 1_000));
    expect(newest - Math.max(...third.keys())).to.be.at.least(COARSE_MS / 2_000);
    expect(replica.log.readFrom.at(-1)).to.equal(1);
    expect(replica.savedSequence()).to.be.at.least(120 - 2 * (DELAY_MS / 1_000));
  });

  it('are what a query reads of them, however late', async () => {
    const replica = await opened();
    await live(replica, 120, new Random(2));
    const [[newestS]] = (await replica.fetch(BUSY, 20_000)).slice(-1);
    expect(replica.nowS - newestS).to.be.below(2 * STEPS[2]);
    const [, second, third] = slotsOf(replica, BUSY);
    expect(third).to.deep.equal(rolledUp(second, STEPS[1], STEPS[2]));
  });

  it('have everything in the end, whenever the replica is killed', async function () {
    this.timeout(120_000);
    const random = new Random();
    console.log(`  seed ${random.seed}`);
    let replica = await opened();
    let takenOver = 0;
    for (let lives = 0; lives < 12; lives++) {
      await live(replica, random.int(5, 150), random);
      replica = replica.killedAndRestarted();
      await replica.pass(500);
      if (replica.logger.texts('info').includes(TAKES_OVER)) takenOver++;
    }
    expect(takenOver).to.be.at.least(1);
    // While there is always something to do: what nobody writes to any more is looked for.
    for (let second = 0; second < (3 * COARSE_MS) / 1_000; second++) {
      replica.append([BUSY, replica.nowS, 1]);
      await pass(replica.clock, 1_000, 250);
    }
    expect(replica.logger.texts('info')).to.include(TOOK_OVER);
    for (const name of METRICS) expectRolledUp(replica, name);
    await replica.pass(60_000);
    expect(replica.runner.report().rollUpsWaiting).to.equal(0);
    expectRolledUp(replica, BUSY);
  });

  it('owe nothing after a time in which nothing came, and a checkpoint says so', async () => {
    const replica = await opened();
    await live(replica, 60, new Random(3));
    await replica.pass(60_000);
    const next = replica.killedAndRestarted();
    await next.pass(500);
    expect(next.logger.texts('info')).not.to.include(TAKES_OVER);
  });
});
