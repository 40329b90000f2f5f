// npm run bench -- NAME [arguments]: runs bench/NAME.ts, which prints one line of JSON.
import { basename } from 'node:path';
import { fail, filesUnder, run, setUp } from './setup.mjs';

const [name, ...rest] = process.argv.slice(2);
await setUp();
const names = filesUnder('dist/bench')
  .filter((path) => /^dist\/bench\/[^/]+\.js$/.test(path))
  .map((path) => basename(path, '.js'));
if (!names.includes(name)) fail(`npm run bench -- NAME, where NAME is one of: ${names.join(', ')}`);
process.exitCode = await run(process.execPath, [
  '--enable-source-maps',
  `dist/bench/${name}.js`,
  ...rest,
]);
