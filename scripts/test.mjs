// npm test [-- mocha options or dist/test/... files]; `conformance` as first argument: the recorded vectors alone.
// The last line is always `N passed, N failed`, also when it never came to the tests.
import { spawn } from 'node:child_process';
import {
  build,
  hasProgram,
  installDebianPackages,
  installPackages,
  natsServerProblem,
  requireNode,
} from './setup.mjs';

const COUNTING_LINE = /^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?$/gm;
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
const codes = await Promise.all(runs().map(runMocha));
process.exitCode = codes.every((code) => code === 0) ? 0 : 1;

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
 * The arguments of mocha, for each run of it. Tests of real processes mostly wait, so all others run beside them,
 * unless options say what to run.
 */
function runs() {
  if (options.some((option) => option.endsWith('.test.js'))) return [options];
  if (conformanceOnly) return [['dist/test/conformance/**/*.test.js', ...options]];
  const integration = 'dist/test/integration/**/*.test.js';
  return [
    [integration, ...options],
    ['dist/test/**/*.test.js', '--ignore', integration, ...options],
  ];
}

/** Runs mocha, adds its counts to the total, and resolves with its exit code. Only the first run of several is shown live. */
function runMocha(args, run) {
  const mocha = spawn(process.execPath, ['node_modules/mocha/bin/mocha.js', ...args], {
    stdio: ['inherit', 'pipe', run === 0 ? 'inherit' : 'pipe'],
  });
  let output = '';
  mocha.stdout.on('data', (chunk) => {
    output += chunk;
    if (run === 0) process.stdout.write(chunk);
  });
  mocha.stderr?.on('data', (chunk) => {
    output += chunk;
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => mocha.kill(signal));
  return new Promise((resolve) => {
    mocha.once('close', (code) => {
      if (run > 0) process.stdout.write(output);
      const [, passed = 0, failed = 1, skipped = 0] =
        [...output.matchAll(COUNTING_LINE)].at(-1) ?? [];
      total.passed += Number(passed);
      total.failed += Number(failed);
      total.skipped += Number(skipped);
      resolve(code);
    });
  });
}
