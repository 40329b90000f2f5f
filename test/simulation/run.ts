/** `npm run sim`: one world with its trace, or many. */
import { parseArgs } from 'node:util';
import { runWorld } from './world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string' },
  },
});
const stepsMax = values.steps === undefined ? {} : { stepsMax: Number(values.steps) };

process.exitCode =
  values.seed === undefined
    ? await many(Number(values.from), Number(values.seeds ?? 100))
    : await one(Number(values.seed));

async function one(seed: number): Promise<number> {
  const { wrong, steps } = await runWorld(seed, { ...stepsMax, print: console.log });
  console.log(`seed ${seed}: ${steps} steps, ${wrong.length} things wrong`);
  return wrong.length > 0 ? 1 : 0;
}

async function many(first: number, count: number): Promise<number> {
  const startedMs = Date.now();
  let failed = 0;
  const sums = { steps: 0, restarts: 0, accepted: 0, simulatedMs: 0 };
  for (let seed = first; seed < first + count; seed++) {
    const outcome = await runWorld(seed, stepsMax);
    for (const key of Object.keys(sums) as (keyof typeof sums)[]) sums[key] += outcome[key];
    if (outcome.wrong.length === 0) continue;
    failed++;
    console.log(`seed ${seed} fails: npm run sim -- --seed ${seed}`);
    for (const line of outcome.wrong.slice(0, 4)) console.log(`  ${line}`);
  }
  const { steps, restarts, accepted, simulatedMs } = sums;
  console.log(
    `seeds ${first} to ${first + count - 1}: ${failed} failed; ${steps} steps, ${restarts} restarts, ` +
      `${accepted} accepted points, ${(simulatedMs / 3_600_000).toFixed(1)} hours in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  return failed > 0 ? 1 : 0;
}
