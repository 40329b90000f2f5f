// npm start [-- options of `nf start`]: sets up what is missing and runs the Procfile until Ctrl-C.
// With `--procfile` another one; each CARBONBUS_DATACENTRE that it names is checked and announced by itself.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync } from 'node:fs';
import { get } from 'node:https';
import { fail, natsServerProblem, setUp } from './setup.mjs';

const CONFIG_FOLDER = 'config';
const EXIT_CONFIGURATION = 78;
/** Each role stops within 8 s; what is left then has hung. */
const STOP_LIMIT_MS = 9000;
/** A Ctrl-C that comes so long after the first one is for those who still stop: they end at once. */
const STOP_AGAIN_MS = 2000;
const POLL_INTERVAL_MS = 250;
const READY_LIMIT_MS = 60_000;

await setUp();
const problem = await natsServerProblem();
if (problem !== undefined) fail(problem, EXIT_CONFIGURATION);
if (existsSync('.env')) process.loadEnvFile('.env');
const procfile = optionOf('--procfile') ?? 'Procfile';
const datacentres = [];
for (const env of environments()) datacentres.push(await readSettings(env));
for (const settings of datacentres) {
  await requireFolder(settings.cache.localDataDir);
  await requirePorts(settings);
}
runProcfile(datacentres);

function optionOf(name) {
  const at = process.argv.indexOf(name);
  return at < 0 ? undefined : process.argv.splice(at, 2)[1];
}

/** The environment of each datacentre of the Procfile; ours, where it names none. */
function environments() {
  const named = readFileSync(procfile, 'utf8').matchAll(/CARBONBUS_DATACENTRE=(\S+)/g);
  const names = [...new Set([...named].map(([, name]) => name))];
  if (names.length === 0) return [process.env];
  return names.map((name) => ({ ...process.env, CARBONBUS_DATACENTRE: name }));
}

async function readSettings(env) {
  const { loadSettings } = await import('../dist/src/config/settings.js');
  const read = (path) => (existsSync(path) ? readFileSync(path, 'utf8') : undefined);
  const loaded = loadSettings({ folder: CONFIG_FOLDER, env, read });
  for (const line of [...loaded.warnings, ...loaded.notes]) console.error(`carbonbus: ${line}`);
  if (loaded.errors !== undefined) fail(loaded.errors.join('\ncarbonbus: '), EXIT_CONFIGURATION);
  return loaded.settings;
}

async function requireFolder(folder) {
  const { makeFolders } = await import('../dist/src/storage/make-folders.js');
  try {
    makeFolders(folder);
    accessSync(folder, constants.W_OK);
  } catch ({ message }) {
    fail(
      `cannot write in ${folder} (${message}): change its permissions, or LOCAL_DATA_DIR`,
      EXIT_CONFIGURATION,
    );
  }
}

/** A port that is taken is said here once, instead of by a role after the others have started. */
async function requirePorts({ nats, relay, cache, api }) {
  const { requireFreePort } = await import('../dist/src/edge/ports.js');
  const wanted = [
    ['tcp', nats.interface, nats.port, 'NATS_PORT'],
    ['tcp', '127.0.0.1', nats.monitorPort, 'NATS_MONITOR_PORT'],
    ['tcp', relay.lineReceiverInterface, relay.lineReceiverPort, 'LINE_RECEIVER_PORT'],
    ['tcp', relay.pickleReceiverInterface, relay.pickleReceiverPort, 'PICKLE_RECEIVER_PORT'],
    ['tcp', relay.protobufReceiverInterface, relay.protobufReceiverPort, 'PROTOBUF_RECEIVER_PORT'],
    ['tcp', relay.httpReceiverInterface, relay.httpReceiverPort, 'HTTP_RECEIVER_PORT'],
    ['tcp', relay.statsdInterface, relay.statsdPort, 'STATSD_PORT'],
    ['udp', relay.statsdInterface, relay.statsdPort, 'STATSD_PORT'],
    ['tcp', cache.cacheQueryInterface, cache.cacheQueryPort, 'CACHE_QUERY_PORT'],
    ['tcp', api.httpInterface, api.httpPort, 'HTTP_PORT'],
  ];
  if (nats.leafListen)
    wanted.push(['tcp', nats.leafListen.host, nats.leafListen.port, 'LEAF_LISTEN']);
  if (relay.enableUdpListener)
    wanted.push(['udp', relay.udpReceiverInterface, relay.udpReceiverPort, 'UDP_RECEIVER_PORT']);
  const problems = [];
  for (const [protocol, host, port, setting] of wanted) {
    if (port === 0) continue;
    await requireFreePort({ protocol, host, port, setting }).catch((error) =>
      problems.push(error.message),
    );
  }
  if (problems.length > 0) fail(problems.join('\ncarbonbus: '), EXIT_CONFIGURATION);
}

/**
 * Foreman gets a process group of its own. So a Ctrl-C reaches this process alone, and foreman gets the one
 * SIGINT that it takes well: a second one would end it while the roles are still writing to it.
 */
function runProcfile(datacentres) {
  const args = ['node_modules/.bin/nf', '-j', procfile, 'start', ...process.argv.slice(2)];
  const foreman = spawn(process.execPath, args, { stdio: 'inherit', detached: true });
  stopAfterUs(foreman.pid);
  let stopping = false;
  let stoppedAtMs = 0;
  const stop = () => {
    const isAgain = stopping && performance.now() - stoppedAtMs >= STOP_AGAIN_MS;
    if (isAgain) signalGroup(foreman.pid, 'SIGINT');
    if (stopping) return;
    stopping = true;
    stoppedAtMs = performance.now();
    foreman.kill('SIGINT');
    setTimeout(() => signalGroup(foreman.pid, 'SIGKILL'), STOP_LIMIT_MS).unref();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop);
  foreman.once('exit', async () => {
    const asked = stopping;
    stopping = true;
    await endGroup(foreman.pid);
    if (!asked) fail('a process ended by itself, as it says above, and the others with it');
    process.exit(0);
  });
  for (const settings of datacentres) announceWhenReady(settings, () => stopping);
}

/** Leaves a shell behind that waits until this process is gone, however it ends, and then stops the group. */
function stopAfterUs(group) {
  const script = 'read -r line; kill -s INT -- "-$1"';
  const guard = spawn('/bin/sh', ['-c', script, 'carbonbus-guard', String(group)], {
    stdio: ['pipe', 'ignore', 'ignore'],
    detached: true,
  });
  guard.unref();
}

/** Whatever foreman left behind, because it was killed, is stopped in order and at last by force. */
async function endGroup(group) {
  const deadlineMs = Date.now() + STOP_LIMIT_MS;
  if (!signalGroup(group, 'SIGINT')) return;
  while (signalGroup(group, 0) && Date.now() < deadlineMs) await pause();
  signalGroup(group, 'SIGKILL');
}

/** False when no process of the group is left. */
function signalGroup(group, signal) {
  try {
    return process.kill(-group, signal);
  } catch {
    return false;
  }
}

async function announceWhenReady({ cluster, nats, relay, api }, isStopping) {
  const reachable = (host) => (host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host);
  const scheme = api.tls.includes('http') ? 'https' : 'http';
  const web = `${scheme}://${reachable(api.httpInterface)}:${api.httpPort}`;
  const line = `${reachable(relay.lineReceiverInterface)}:${relay.lineReceiverPort}`;
  const deadlineMs = Date.now() + READY_LIMIT_MS;
  while (!(await (scheme === 'https' ? answersTls(web, api) : answers(`${web}/health/ready`)))) {
    if (isStopping()) return;
    if (Date.now() > deadlineMs) {
      console.log('carbonbus: not ready yet; the lines above say what it waits for');
      return;
    }
    await pause();
  }
  console.log(`
carbonbus is ready${datacentres.length > 1 ? ` in ${cluster.datacentre}` : ''}. Ctrl-C stops it; ${existsSync('.env') ? '.env and ' : ''}${CONFIG_FOLDER}/carbon.conf is what it is set to.
  send   ${line} (name value timestamp${relay.enableUdpListener ? '; TCP and UDP' : ''}), or subject metrics.ingest.<name> at ${nats.urls[0]}
         for example: echo "test.answer 42 $(date +%s)" > /dev/tcp/${line.replace(':', '/')}
  look   ${web}/render?target=test.answer&from=-10min&format=json
         ${web}/metrics/find?query=*   ${web}/cluster
`);
}

async function answers(url) {
  try {
    return (await fetch(url, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false;
  }
}

/** With TLS it is asked as a client that shows the api's own certificate; one that turns it away at least listens. */
function answersTls(url, { tlsCertificate, tlsKey }) {
  return new Promise((resolve) => {
    const own = { cert: readFileSync(tlsCertificate), key: readFileSync(tlsKey) };
    const options = { ...own, rejectUnauthorized: false, timeout: 1000 };
    get(`${url}/health/ready`, options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).on('error', ({ code }) => resolve(/^ERR_SSL_/.test(code)));
  });
}

function pause() {
  return new Promise((resolve) => setTimeout(resolve, POLL_INTERVAL_MS));
}
