// npm test [-- mocha options or dist/test/... files]; `conformance` as first argument: the recorded vectors alone.
// The last line is always `N passed, N failed`, also when it never came to the tests.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { sep } from 'node:path';
import {
  build,
  hasProgram,
  installDebianPackages,
  installPackages,
  natsServerProblem,
  requireNode,
} from './setup.mjs';

const TEST_ENDING = '.test.js';
const COUNTING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;
/** Runs at a time: tests with real processes wait for half of their time. */
const RUNS_AT_ONCE = Math.max(2, Math.min(4, availableParallelism() + 1));
/** Runs that take longest begin first, so that none of them is alone at the end. */
const LONGEST_FIRST = [
  'integration/outage',
  'integration/chaos',
  'integration/changed-nodes',
  'integration/repair',
  'integration/datacentres',
  'unit',
  'integration/graphite-web',
  'integration/destinations',
  'conformance',
  'integration/audit',
  'integration/start',
  'simulation',
  'integration/datacentre-networks',
  'integration/render-memory',
];
/** The programs that only tests use, each with its Debian package; without one its tests are skipped. */
const TEST_PROGRAMS = [
  { program: 'whisper-info', debianPackage: 'python3-whisper' },
  { program: 'collectd', debianPackage: 'collectd-core', service: 'collectd' },
  { program: 'carbon-c-relay', debianPackage: 'carbon-c-relay', service: 'carbon-c-relay' },
  { program: 'carbon-cache', debianPackage: 'graphite-carbon', service: 'carbon-cache' },
  { program: 'graphite-manage', debianPackage: 'graphite-web' },
  { program: 'openssl', debianPackage: 'openssl' },
];

const options = process.argv.slice(2);
const conformanceOnly = options[0] === 'conformance';
if (conformanceOnly) options.shift();

const total = { passed: 0, failed: 0, skipped: 0 };
process.once('exit', (code) => {
  if (code !== 0 && total.failed === 0) total.failed = 1;
  const skipped = total.skipped > 0 ? `, ${total.skipped} skipped` : '';
  console.log(`${total.passed} passed, ${total.failed} failed${skipped}`);
});

requireNode();
await installPackages();
if (!(await build())) {
  console.error('carbonbus: the build failed, so no test was run');
  process.exit(1);
}
if (!conformanceOnly) await installTestPrograms();
const waiting = runs();
const isAlone = waiting.length === 1;
const running = new Set();
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, stop);
const lanes = Array.from({ length: RUNS_AT_ONCE }, async () => {
  for (let run = waiting.shift(); run !== undefined; run = waiting.shift()) await runMocha(run);
});
await Promise.all(lanes);
process.exitCode = total.failed === 0 ? 0 : 1;

async function installTestPrograms() {
  const problem = await natsServerProblem();
  if (problem !== undefined)
    console.log(`carbonbus: tests that need nats-server are skipped: ${problem}`);
  for (const { program, debianPackage, service } of TEST_PROGRAMS) {
    if (hasProgram(program) || (await installDebianPackages([debianPackage], service))) continue;
    console.log(
      `carbonbus: tests that need ${program} are skipped: apt-get install ${debianPackage}`,
    );
  }
}

/**
 * The arguments of mocha, for each run of it: the files of tests with real processes one by one, all others by folder,
 * unless options say what to run.
 */
function runs() {
  if (options.some((option) => option.endsWith(TEST_ENDING))) return [options];
  if (conformanceOnly) return [['dist/test/conformance/**/*.test.js', ...options]];
  const found = readdirSync('dist/test', { recursive: true }).filter((path) =>
    path.endsWith(TEST_ENDING),
  );
  const names = new Set(found.map(runOf));
  const inOrder = [...names].sort((a, b) => placeOf(a) - placeOf(b));
  return inOrder.map((name) => [testsOf(name), ...options]);
}

/** The run that a file belongs to: its own, or that of its folder. */
function runOf(path) {
  const [folder] = path.split(sep);
  return folder === 'integration' || folder === path ? path.slice(0, -TEST_ENDING.length) : folder;
}

/** Those that are not said to take long come last. */
function placeOf(name) {
  const place = LONGEST_FIRST.indexOf(name);
  return place === -1 ? LONGEST_FIRST.length : place;
}

/** Where the tests of a run are: a file, or all files of a folder. */
function testsOf(name) {
  const path = `dist/test/${name}`;
  return existsSync(path) ? `${path}/**/*${TEST_ENDING}` : path + TEST_ENDING;
}

/** Runs mocha, and adds its counts to the total. What it says is shown at its end, unless it is the only run. */
function runMocha(args) {
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    stdio: ['inherit', 'pipe', isAlone ? 'inherit' : 'pipe'],
  });
  running.add(mocha);
  let output = '';
  mocha.stdout.on('data', (chunk) => {
    output += chunk;
    if (isAlone) process.stdout.write(chunk);
  });
  mocha.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  return new Promise((resolve) => {
    mocha.once('close', (code) => {
      running.delete(mocha);
      if (!isAlone) process.stdout.write(output);
      const [, passed = 0, failed = 1, skipped = 0] =
        [...output.matchAll(COUNTING_LINE)].at(-1) ?? [];
      total.passed += Number(passed);
      total.failed += code === 0 ? Number(failed) : Math.max(1, Number(failed));
      total.skipped += Number(skipped);
      resolve();
    });
  });
}

function stop(signal) {
  waiting.length = 0;
  for (const mocha of running) mocha.kill(signal);
}
