// What start, test, build and bench share: from a fresh clone to something that can run.
// Nothing is installed when this is loaded, so it imports only what Node brings.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const NODE_MIN = [20, 19];

process.chdir(fileURLToPath(new URL('..', import.meta.url)));

/** Ends the script with one line that says what is wrong and what to do. */
export function fail(line, exitCode = 1) {
  console.error(`carbonbus: ${line}`);
  process.exit(exitCode);
}

/** Runs a program with our output and waits for it; resolves with its exit code, 127 when it cannot be run. */
export function run(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { stdio: 'inherit', ...options });
    child.once('error', () => resolve(127));
    child.once('exit', (code, signal) => resolve(signal === null ? code : 1));
  });
}

/** True when the program is on the PATH, or where daemons are that an ordinary user's PATH leaves out. */
export function hasProgram(name) {
  return [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin'].some((folder) => {
    try {
      accessSync(join(folder, name), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

export function requireNode() {
  const [major, minor] = process.versions.node.split('.').map(Number);
  if (major < NODE_MIN[0] || (major === NODE_MIN[0] && minor < NODE_MIN[1]))
    fail(`Node ${process.versions.node} is too old: install Node ${NODE_MIN.join('.')} or newer`);
}

/** Installs the packages of the lock file, unless just these are there. */
export async function installPackages() {
  if (packagesAreCurrent()) return;
  console.log('carbonbus: installing packages (npm ci)');
  if ((await run('npm', ['ci', '--no-audit', '--no-fund'])) !== 0)
    fail('npm ci failed: see its message above; it needs a package registry it can reach');
}

/** Compares versions, not times: a checkout gives files any time. */
function packagesAreCurrent() {
  const wanted = readLock('package-lock.json');
  const installed = readLock('node_modules/.package-lock.json');
  if (installed === undefined) return false;
  return Object.entries(wanted).every(([path, { version, optional }]) => {
    if (path === '') return true;
    return installed[path] === undefined ? optional : installed[path].version === version;
  });
}

function readLock(path) {
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')).packages : undefined;
}

/**
 * Compiles what has changed. Output whose source is gone is removed, so that no deleted test runs; the rest of
 * `dist` stays in place, because a cluster may be running from it.
 */
export async function build() {
  const outputs = new Set();
  for (const folder of ['src', 'test', 'bench'])
    for (const source of filesUnder(folder))
      if (source.endsWith('.ts')) outputs.add(`dist/${source.replace(/\.ts$/, '.js')}`);
  const present = new Set(filesUnder('dist'));
  for (const path of present)
    if (/\.js(\.map)?$/.test(path) && !outputs.has(path.replace(/\.map$/, ''))) rmSync(path);
  if ([...outputs].some((path) => !present.has(path))) rmSync('dist/.tsbuildinfo', { force: true });
  return (await run('node_modules/.bin/tsc', ['-b'])) === 0;
}

/** The files below a folder, as paths with `/`; none when there is no such folder. */
export function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).replaceAll('\\', '/'));
}

/** Everything up to a current `dist`; ends the script when that cannot be had. */
export async function setUp() {
  requireNode();
  await installPackages();
  if (!(await build())) fail('the build failed: see the messages of tsc above');
}

/**
 * Finds nats-server, or installs the system's package where we may. Needs `dist`.
 * Resolves with undefined, or with one line about what is missing and what to do.
 */
export async function natsServerProblem() {
  const { findNatsServer } = await import('../dist/src/edge/nats-server.js');
  const problem = () =>
    findNatsServer(process.env).then(
      () => undefined,
      ({ message }) => message,
    );
  const first = await problem();
  if (first === undefined || process.env.NATS_SERVER_BIN) return first;
  return (await installDebianPackages(['nats-server'], 'nats-server')) ? problem() : first;
}

/**
 * Installs packages of a Debian system, where we may. A service that comes with them is turned off again: it
 * would take the ports that our own processes want. False when it could not be done.
 */
export async function installDebianPackages(packages, service) {
  if (process.getuid?.() !== 0 || !hasProgram('apt-get')) return false;
  console.log(`carbonbus: installing ${packages.join(' ')} (apt-get)`);
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  const options = { env, stdio: ['ignore', 'ignore', 'inherit'] };
  const install = ['install', '-y', '-q', '--no-install-recommends', ...packages];
  let code = await run('apt-get', install, options);
  if (code !== 0) {
    await run('apt-get', ['update', '-q'], options);
    code = await run('apt-get', install, options);
  }
  if (code === 0 && service !== undefined && existsSync('/run/systemd/system')) {
    console.log(`carbonbus: turning off the system's service ${service}`);
    await run('systemctl', ['disable', '--now', service], options);
  }
  return code === 0;
}
