// npm run sim -- --seed N [--steps M]: one simulated world with its trace; --seeds N [--from M]: many worlds;
// --mutations [--seeds N]: for each of some broken rules the first seed that finds it.
import { run, setUp } from './setup.mjs';

await setUp();
process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  'dist/test/simulation/run.js',
  ...process.argv.slice(2),
]);
