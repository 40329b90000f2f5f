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

const COUNTING_LINE = /^\d+ passed, \d+ failed/m;
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

let counted = false;
process.once('exit', (code) => {
  if (code !== 0 && !counted) console.log('0 passed, 1 failed');
});

requireNode();
await installPackages();
if (!(await build())) {
  console.error('carbonbus: the build failed, so no test was run');
  process.exit(1);
}
if (!conformanceOnly) await installTestPrograms();
process.exitCode = await runMocha();

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

/** Runs mocha, passes its output on, and resolves with its exit code. */
function runMocha() {
  const files = options.filter((option) => option.endsWith('.test.js'));
  const folder = conformanceOnly ? 'dist/test/conformance' : 'dist/test';
  const args = [
    'node_modules/mocha/bin/mocha.js',
    ...(files.length > 0 ? [] : [`${folder}/**/*.test.js`]),
    ...options,
  ];
  const mocha = spawn(process.execPath, args, { stdio: ['inherit', 'pipe', 'inherit'] });
  let tail = '';
  mocha.stdout.on('data', (chunk) => {
    process.stdout.write(chunk);
    tail = (tail + chunk).slice(-4096);
    counted = COUNTING_LINE.test(tail);
  });
  for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => mocha.kill(signal));
  return new Promise((resolve) => {
    mocha.once('close', (code) => resolve(code === 0 ? 0 : 1));
  });
}
