// npm run chaos -- --seconds N --seed N --metrics N: a cluster under load, to which all kinds of things happen.
import { fail, natsServerProblem, run, setUp } from './setup.mjs';

await setUp();
const problem = process.argv.includes('--help') ? undefined : await natsServerProblem();
if (problem !== undefined) fail(problem);
// Ctrl-C reaches the run by itself, which then cleans up: until it has, we stay.
process.on('SIGINT', () => undefined);
process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  'dist/test/chaos/run.js',
  ...process.argv.slice(2),
]);
