import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import {
  createWriteStream,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { eventually } from './cluster.js';
import { freePort } from './free-port.js';

const PYTHON = '/usr/bin/python3';
const GUNICORN = '/usr/bin/gunicorn';
const READY_MS = 30_000;

/** graphite-web as it is installed. */
const APPLICATION = `
from django.core.wsgi import get_wsgi_application
application = get_wsgi_application()
`;

/** Serves it in a process of its own. */
const SERVER = `
import sys
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer
from application import application
class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
server = Server(('127.0.0.1', int(sys.argv[1])), WSGIRequestHandler)
server.set_app(application)
server.serve_forever()
`;

/** Skips the test or suite, with a line that says so, where graphite-web is not installed. */
export function requireGraphiteWeb(context: Mocha.Context): void {
  const found = spawnSync(PYTHON, [
    '-c',
    'import importlib.util as u, sys; sys.exit(u.find_spec("graphite.render") is None)',
  ]);
  if (found.status === 0) return;
  console.log('  skipping: graphite-web is missing (Debian package graphite-web)');
  context.skip();
}

/** A new folder of graphite-web, with these lines among its settings. */
function madeFolder(settings: readonly string[]): string {
  const folder = mkdtempSync(join(tmpdir(), 'carbonbus-graphite-web-'));
  for (const name of ['storage', 'conf', 'log']) mkdirSync(join(folder, name));
  const lines = [
    "SECRET_KEY = 'only for this test'",
    "TIME_ZONE = 'UTC'",
    'DEFAULT_XFILES_FACTOR = 0',
    'LOG_ROTATION = False',
    'LOG_RENDERING_PERFORMANCE = False',
    `STORAGE_DIR = '${folder}/storage'`,
    `CONF_DIR = '${folder}/conf'`,
    `LOG_DIR = '${folder}/log'`,
    `WHISPER_DIR = '${folder}/no-files'`,
    'CARBONLINK_HOSTS = []',
    ...settings,
  ];
  writeFileSync(join(folder, 'settings_under_test.py'), `${lines.join('\n')}\n`);
  return folder;
}

function environmentOf(folder: string): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PYTHONPATH: folder,
    PYTHONWARNINGS: 'ignore',
    DJANGO_SETTINGS_MODULE: 'graphite.settings',
    GRAPHITE_SETTINGS_MODULE: 'settings_under_test',
  };
}

/** What a script says that has graphite-web, unmodified, to import from. Its input is JSON. */
export function askGraphiteWeb(
  settings: readonly string[],
  script: string,
  input: unknown,
): string {
  const folder = madeFolder(settings);
  try {
    const { status, stdout, stderr } = spawnSync(PYTHON, ['-c', script], {
      ...{ env: environmentOf(folder), cwd: folder, encoding: 'utf8' },
      input: JSON.stringify(input),
    });
    if (status !== 0) throw new Error(`graphite-web said: ${stderr}`);
    return stdout;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Finds look for the profile of whoever asks in its database. */
function makeTables(folder: string): void {
  const env = environmentOf(folder);
  const args = ['-m', 'django', 'migrate', '--noinput', '--run-syncdb'];
  const { status, stderr } = spawnSync(PYTHON, args, { env, cwd: folder, encoding: 'utf8' });
  if (status !== 0) throw new Error(`graphite-web made no tables: ${stderr}`);
}

/** Debian's graphite-web, unmodified, on a free port, with settings and folders of its own. */
export class GraphiteWebUnderTest {
  readonly #folder: string;
  readonly #port: number;
  readonly #server: ChildProcess;

  private constructor(folder: string, port: number, server: ChildProcess) {
    this.#folder = folder;
    this.#port = port;
    this.#server = server;
  }

  /**
   * @param settings lines of `local_settings.py`
   * @param workers processes of gunicorn (Debian package gunicorn); 0, and where that is missing: one of Python's own server
   */
  static async start(settings: readonly string[], workers = 0): Promise<GraphiteWebUnderTest> {
    const folder = madeFolder(settings);
    writeFileSync(join(folder, 'application.py'), APPLICATION);
    writeFileSync(join(folder, 'serve.py'), SERVER);
    if (workers > 0) makeTables(folder);
    const port = await freePort();
    const [program, ...args] =
      workers > 0 && existsSync(GUNICORN)
        ? [GUNICORN, '-w', String(workers), '-b', `127.0.0.1:${port}`, '-t', '120', 'application']
        : [PYTHON, 'serve.py', String(port)];
    const server = spawn(program, args, {
      cwd: folder,
      env: environmentOf(folder),
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    server.stderr.pipe(createWriteStream(join(folder, 'log', 'server.log')));
    const graphite = new GraphiteWebUnderTest(folder, port, server);
    await eventually(READY_MS, 'graphite-web to answer', async () => {
      if (server.exitCode !== null) return true;
      return (await fetch(graphite.url('/version'))).ok;
    });
    if (server.exitCode !== null) throw new Error(`graphite-web ended: see ${folder}/log`);
    return graphite;
  }

  url(path: string): string {
    return `http://127.0.0.1:${this.#port}${path}`;
  }

  /** What serves it. */
  get server(): string {
    return this.#server.spawnfile;
  }

  /** The processes that answer. */
  get pids(): readonly number[] {
    const { pid } = this.#server;
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    return [pid as number, ...children.split(' ').filter(Boolean).map(Number)];
  }

  remove(): void {
    if (this.#server.exitCode === null) for (const pid of this.pids) process.kill(pid, 'SIGKILL');
    if (process.env.KEEP_CLUSTER === undefined)
      rmSync(this.#folder, { recursive: true, force: true });
    else console.log(`  kept ${this.#folder}`);
  }
}
