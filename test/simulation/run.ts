/** `npm run sim`: one world with its trace, or many, or many of a program with a rule broken. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { MUTATIONS } from './mutations.js';
import { runWorld } from './world.js';

const { values } = parseArgs({
  options: {
    seed: { type: 'string' },
    seeds: { type: 'string' },
    from: { type: 'string', default: '1' },
    steps: { type: 'string' },
    'until-failure': { type: 'boolean', default: false },
    mutations: { type: 'boolean', default: false },
  },
});
const stepsMax = values.steps === undefined ? {} : { stepsMax: Number(values.steps) };

if (values.mutations) process.exitCode = mutated(values.seeds ?? '300');
else if (values.seed !== undefined) process.exitCode = await one(Number(values.seed));
else process.exitCode = await many(Number(values.from), Number(values.seeds ?? 100));

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
    if (values['until-failure']) break;
  }
  const { steps, restarts, accepted, simulatedMs } = sums;
  console.log(
    `seeds ${first} to ${first + count - 1}: ${failed} failed; ${steps} steps, ${restarts} restarts, ` +
      `${accepted} accepted points, ${(simulatedMs / 3_600_000).toFixed(1)} hours in ${((Date.now() - startedMs) / 1000).toFixed(1)} s`,
  );
  return failed > 0 ? 1 : 0;
}

/** Breaks one rule after the other, each in a process of its own; a rule that no seed misses is a failure. */
function mutated(seeds: string): number {
  let missed = 0;
  for (const [i, { what }] of MUTATIONS.entries()) {
    const loader = fileURLToPath(new URL('mutating-loader.js', import.meta.url));
    const run = fileURLToPath(import.meta.url);
    const { stdout, stderr } = spawnSync(
      process.execPath,
      ['--no-warnings', '--loader', loader, run, '--seeds', seeds, '--until-failure'],
      { env: { ...process.env, MUTATION: String(i) }, encoding: 'utf8' },
    );
    const found = /^seed (\d+) fails.*\n {2}(.*)/m.exec(stdout);
    const said = found === null ? (stderr.trim().split('\n').at(-1) ?? '') : found[2];
    if (found === null) missed++;
    console.log(`${found === null ? 'NOT FOUND' : `seed ${found[1]}`}: ${what}\n  ${said}`);
  }
  return missed > 0 ? 1 : 0;
}
