import { expect } from 'chai';
import { SEEDS } from './seeds.js';
import { runWorld } from './world.js';

const WORLDS = Number(process.env.SIMULATION_SEEDS ?? 100);
const FIRST_SEED = 1;
/** On a slow machine there are fewer worlds, however much else it has to do. */
const CPU_MAX_MS = 40_000;
const TIME_MAX_MS = 240_000;

describe('simulation', function () {
  this.timeout(TIME_MAX_MS);

  it('the same seed is the same world', async () => {
    const [first, second] = [await runWorld(1), await runWorld(1)];
    expect(second.trace).to.deep.equal(first.trace);
    expect(second.steps).to.equal(first.steps);
  });

  for (const [seed, found] of SEEDS) {
    it(`seed ${seed}: ${found}`, () => expectGood(seed));
  }

  it('whatever goes wrong, the files become the fold of the logs', async () => {
    const started = process.cpuUsage();
    const sums = { worlds: 0, steps: 0, restarts: 0, accepted: 0 };
    for (; sums.worlds < WORLDS && cpuMs(started) < CPU_MAX_MS; sums.worlds++) {
      const { steps, restarts, accepted } = await expectGood(FIRST_SEED + sums.worlds);
      sums.steps += steps;
      sums.restarts += restarts;
      sums.accepted += accepted;
    }
    console.log(
      `  seeds ${FIRST_SEED} to ${FIRST_SEED + sums.worlds - 1}: ${sums.steps} steps, ` +
        `${sums.restarts} restarts of processes, ${sums.accepted} points accepted, ` +
        `${(cpuMs(started) / 1000).toFixed(1)} s of CPU`,
    );
    expect(sums.restarts).to.be.greaterThan(sums.worlds / 2);
    expect(sums.accepted).to.be.greaterThan(100 * sums.worlds);
  });
});

function cpuMs(since: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(since);
  return (user + system) / 1_000;
}

async function expectGood(seed: number): Promise<Awaited<ReturnType<typeof runWorld>>> {
  const outcome = await runWorld(seed);
  const how = `npm run sim -- --seed ${seed}`;
  expect(outcome.wrong, `seed ${seed} fails; to see how: ${how}`).to.deep.equal([]);
  return outcome;
}
