import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'chai';
import type { Lookup } from '../../src/cli/operator/answers.js';
import type { ConfigurationReport } from '../../src/cli/operator/check-config.js';
import { runCarbonbus, startCarbonbus, writeConfiguration } from '../support/carbonbus.js';
import { freePort } from '../support/free-port.js';
import { requireNatsServer } from '../support/nats-server.js';

const SCHEMAS = '[all]\npattern = .*\nretentions = 10s:6h,1m:7d\n';

describe('the configuration on the command line', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'carbonbus-config-'));
  const config = (...args: string[]) => ['--config', folder, ...args];

  after(() => rmSync(folder, { recursive: true }));

  beforeEach(() =>
    writeConfiguration(emptied(folder), {
      'carbon.conf': '[cache]\nLOCAL_DATA_DIR = /data/\n[cache:node1]\nLOCAL_DATA_DIR = /disk1\n',
      'storage-schemas.conf': SCHEMAS,
      'storage-aggregation.conf': '[sum]\npattern = count$\naggregationMethod = sum\n',
    }),
  );

  it('is checked with every error of every file at once', async () => {
    writeConfiguration(folder, {
      'carbon.conf': '[relay]\nLINE_RECEIVER_PORT = x\n[cache:b]\nWRITE_DELAY = y\nLOG_DIR = /x\n',
      'storage-schemas.conf':
        '[a]\npattern = (\nretentions = 1m:1d\n[b]\npattern = b\nretentions = z\n',
      'storage-aggregation.conf': '[s]\npattern = s\naggregationMethod = most\n',
      'relay-rules.conf': '[all]\npattern = .\ndestinations = 127.0.0.1:2004\n',
      'rewrite-rules.conf': '[pre]\n( = x\n',
      'blacklist.conf': 'fine\n[\n',
      'aggregation-rules.conf': 'a (1) = sum b\na.<b> (60) = most a.<b>.c\nnonsense\n',
      'route-using.conf': 'a = \\1\n',
      'quotas.conf': '[a]\npattern = [\n[b]\npattern = b\npointsPerSecond = many\n',
    });
    const { code, stdout } = await runCarbonbus(config('check-config', '--json'));
    expect(code).to.equal(1);
    const report = JSON.parse(stdout) as ConfigurationReport;
    const places = report.errors.map((line) => line.replace(`${folder}/`, '').split(': ')[0]);
    expect(places).to.deep.equal([
      'carbon.conf:2',
      'carbon.conf:4',
      'storage-schemas.conf:2',
      'storage-schemas.conf:6',
      'storage-aggregation.conf:3',
      'relay-rules.conf',
      'route-using.conf:1',
      'quotas.conf:2',
      'quotas.conf:5',
      'aggregation-rules.conf:2',
      'aggregation-rules.conf:3',
    ]);
    expect(report.warnings.map((line) => line.split('/').at(-1)?.split(' ')[0])).to.deep.equal([
      'carbon.conf:3:',
      'rewrite-rules.conf:2:',
      'blacklist.conf:2:',
    ]);
    expect(report.notes).to.have.length(1);
    const text = await runCarbonbus(config('check-config'));
    expect(text.code).to.equal(1);
    expect(text.stdout).to.match(/11 errors, 3 warnings, 1 note\n$/);
  });

  it('is checked with the sections of forwarders', async () => {
    writeConfiguration(folder, {
      'carbon.conf': '[relay:far]\nRELAY_METHOD = rules\nDESTINATIONS = 10.0.0.1:2004\n',
    });
    const check = async (): Promise<string> =>
      (await runCarbonbus(config('check-config'))).stdout.split('\n')[0];
    expect(await check()).to.match(/^warning: .*relay-rules.conf: no such file; a forwarder needs/);
    writeConfiguration(folder, {
      'relay-rules.conf': '[all]\ndefault = true\ndestinations = 10.0.0.2:2004\n',
    });
    expect(await check()).to.match(/^warning: .*: \[all\]: 10\.0\.0\.2:2004 is none of DEST/);
  });

  it('is fine as it is shipped', async () => {
    const { code, stdout, stderr } = await runCarbonbus(['check-config']);
    expect(stdout + stderr).to.equal('config: 0 errors, 0 warnings, 0 notes\n');
    expect(code).to.equal(0);
  });

  it('may be that of Debian’s graphite-carbon', async function () {
    if (!existsSync('/etc/carbon/carbon.conf')) {
      console.log(
        '  skipping: /etc/carbon/carbon.conf is missing (Debian package graphite-carbon)',
      );
      return this.skip();
    }
    const { code, stdout } = await runCarbonbus(['check-config', '--config', '/etc/carbon']);
    expect(stdout).to.match(/\/etc\/carbon: 0 errors, /);
    expect(code).to.equal(0);
  });

  it('is a folder that is there', async () => {
    const { code, stderr } = await runCarbonbus(['--config', '/no/such', 'status']);
    expect(stderr).to.equal(
      'error: /no/such/carbon.conf: no such file; --config names the folder of carbon.conf\n',
    );
    expect(code).to.equal(78);
  });

  it('is shown as it counts, with where that stands, and without passwords', async () => {
    const env = { CARBONBUS_NATS_USER: 'me', CARBONBUS_NATS_PASSWORD: 'hush' };
    const text = await runCarbonbus(config('config', '--section', 'cache:node1'));
    expect(text.stdout).to.match(
      /^\[cache\]\nLOCAL_DATA_DIR +\/disk1 +\S+carbon.conf:4 \[cache:node1\]\n/,
    );
    expect(text.stdout).to.match(/\nWRITE_DELAY +10 +default\n/);
    const { stdout } = await runCarbonbus(config('config', '--json'), { env });
    const settings = JSON.parse(stdout) as { key: string; from: string; text: string }[];
    const of = (key: string) => settings.find((one) => one.key === key);
    expect(of('NATS_PASSWORD')).to.include({ from: 'environment', text: '***' });
    expect(of('LOCAL_DATA_DIR')).to.include({
      from: 'file',
      field: 'localDataDir',
      value: '/data',
    });
    expect(of('MAX_CREATES_PER_MINUTE')).to.include({ from: 'default', value: 'inf' });
    expect(stdout).not.to.contain('hush');
  });

  it('is enough to look names up, each node in its own folder', async () => {
    const names = ['a.count', 'x;b=2;a=1'];
    const { code, stdout } = await runCarbonbus(config('lookup', '--json', '-'), {
      input: `${names.join('\n')}\n\n`,
    });
    expect(code).to.equal(0);
    const [plain, tagged] = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Lookup);
    expect(plain).to.deep.include({ given: 'a.count', name: 'a.count', shard: 9 });
    expect(plain.creation).to.include({ schema: 'all', aggregation: 'sum', method: 'sum' });
    expect(plain.replicas).to.have.length(2);
    for (const { node, file } of [...plain.replicas, ...tagged.replicas])
      expect(file.startsWith(node === 'node1' ? '/disk1/node1/' : `/data/${node}/`)).to.equal(true);
    expect(tagged.name).to.equal('x;a=1;b=2');
    const text = await runCarbonbus(config('lookup', ...names));
    expect(text.stdout).to.match(
      /^a\.count\nshard 9 by jump_fnv1a_ch\nretentions 10s:6h,1m:7d by /,
    );
    expect(text.stdout).to.contain('\nx;b=2;a=1\nstored as x;a=1;b=2\n');
  });
});

describe('carbonbus lookup with rules', function () {
  this.timeout(180_000);
  const folder = mkdtempSync(join(tmpdir(), 'carbonbus-config-'));

  after(() => rmSync(folder, { recursive: true }));

  before(() =>
    writeConfiguration(folder, {
      'carbon.conf': [
        '[relay]\nUSE_WHITELIST = True\nNAME_CLEANSING = True',
        'DESTINATIONS = 10.0.0.1:2004:a, 10.0.0.2:2004:b\nRELAY_METHOD = consistent-hashing',
      ].join('\n'),
      'storage-schemas.conf': SCHEMAS,
      'rewrite-rules.conf': '[pre]\n^old\\. = new.\n[post]\n_count$ =\n',
      'blacklist.conf': '^secret\n',
      'quotas.conf': '[team]\npattern = ^new\npointsPerSecond = 10\n',
    }),
  );

  it('shows every step from the name that is given to the one that is stored', async () => {
    const name = 'old..a/b_count';
    const json = await runCarbonbus(['--config', folder, 'lookup', '--json', name]);
    expect(JSON.parse(json.stdout)).to.deep.include({
      given: name,
      cleansed: 'old.a_b_count',
      rewritten: { pre: 'new.a_b_count', post: 'new.a_b' },
      name: 'new.a_b',
      rejected: null,
      quota: 'team',
      sentOn: [
        {
          section: 'relay',
          method: 'consistent-hashing',
          rules: [],
          hashedAs: [],
          destinations: ['10.0.0.1:2004:a'],
        },
      ],
    });
    const { stdout, stderr } = await runCarbonbus(['--config', folder, 'lookup', name, 'secret.x']);
    expect(stdout).to.contain(
      `${name}\ncleansed old.a_b_count\nrewritten by [pre] new.a_b_count\nrewritten by [post] new.a_b\ncounts for`,
    );
    expect(stdout).to.contain('\nsent on to 10.0.0.1:2004:a by consistent-hashing\n');
    expect(stdout).to.contain('\nsecret.x\nrefused: blacklisted; if it were not:\nshard ');
    expect(stderr).to.equal('');
  });

  it('names the rule that sends it on, for each forwarder that has destinations of its own', async () => {
    const two = mkdtempSync(join(tmpdir(), 'carbonbus-config-'));
    writeConfiguration(two, {
      'carbon.conf': [
        '[relay]\nRELAY_METHOD = rules\nDESTINATIONS = 10.0.0.1:2004:a, 10.0.0.2:2004',
        '[relay:relay2]\nLINE_RECEIVER_PORT = 2103',
        '[relay:far]\nRELAY_METHOD = carbon_ch\nDESTINATIONS = 10.9.0.1:2003, 10.9.0.2:2003',
      ].join('\n'),
      'storage-schemas.conf': SCHEMAS,
      'relay-rules.conf': [
        '[web]\npattern = ^web\\.\ndestinations = 10.0.0.1:2004:a\ncontinue = true',
        '[lost]\npattern = lost\ndestinations = 10.0.0.9:2004',
        '[default]\ndefault = true\ndestinations = 10.0.0.2:2004',
      ].join('\n'),
      'route-using.conf': '^(\\w+)\\. = \\1_\n',
    });
    const { stdout } = await runCarbonbus(['--config', two, 'lookup', 'web.a', 'web.lost']);
    rmSync(two, { recursive: true });
    expect(stdout).to.contain(
      '\nsent on to 10.0.0.1:2004:a, 10.0.0.2:2004 by relay-rules.conf [web], [default]\n',
    );
    expect(stdout).to.contain('\nsent on to 10.0.0.1:2004:a by relay-rules.conf [web], [lost]\n');
    expect(stdout).to.match(
      /\nsent on to 10\.9\.0\.[12]:2003 by carbon_ch, hashed as web_a of \[relay:far\]\n/,
    );
    expect(stdout).not.to.contain('relay2');
  });

  it('goes on without a file that is broken, and says so', async () => {
    writeConfiguration(folder, { 'quotas.conf': '[team]\npattern = (\n' });
    const { stdout, stderr } = await runCarbonbus(['--config', folder, 'lookup', 'a']);
    expect(stderr).to.match(/^warning: .*quotas.conf:2: .*\nwarning: .* left out\n$/);
    expect(stdout).to.match(/^a\nshard \d+ by /);
  });
});

describe('the command line', function () {
  this.timeout(180_000);

  it('suggests what was meant', async () => {
    const { code, stderr } = await runCarbonbus(['lokup', 'a']);
    expect(stderr).to.match(/unknown command 'lokup'\n\(Did you mean lookup\?\)/);
    expect(code).to.equal(1);
    expect((await runCarbonbus(['config', '--section', 'relai'])).stderr).to.contain('mean relay?');
  });

  it('says which nats-server cannot be reached, and which setting names it', async () => {
    const env = { CARBONBUS_NATS_URL: 'nats://127.0.0.1:1' };
    for (const args of [['status'], ['query', 'a'], ['tail', 'a'], ['lookup', '--live', 'a']]) {
      const { code, stderr } = await runCarbonbus(args, { env });
      expect(stderr, args[0]).to.match(/^error: .*nats:\/\/127\.0\.0\.1:1: .*NATS_URL/);
      expect(code, args[0]).to.equal(1);
    }
  });

  it('refuses a node that NODES does not have before it looks for nats-server', async () => {
    const env = { CARBONBUS_NATS_URL: 'nats://127.0.0.1:1' };
    for (const args of [
      ['node', '--name', 'node9'],
      ['drain', 'node9'],
      ['rejoin', 'node9'],
    ]) {
      const { code, stderr } = await runCarbonbus(args, { env });
      expect(stderr, args[0]).to.match(/node9 is not one of NODES \(node1, node2, node3\)/);
      expect(code, args[0]).to.be.oneOf([1, 78]);
    }
  });

  it('refuses a data folder that is none before it looks for nats-server', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'carbonbus-config-'));
    writeConfiguration(folder, { node1: '' });
    const env = { CARBONBUS_NATS_USER: 'u', CARBONBUS_LOCAL_DATA_DIR: folder };
    const { code, stderr, stdout } = await runCarbonbus(['node'], { env });
    rmSync(folder, { recursive: true });
    expect(stderr).to.match(/node1\/shards: ENOTDIR.*; make it a folder .*LOCAL_DATA_DIR\n$/);
    expect(stdout).to.equal('');
    expect(code).to.equal(78);
  });

  it('refuses names that cannot be of a folder', async () => {
    for (const args of [['nats'], ['relay'], ['run', 'api']]) {
      const { code, stderr } = await runCarbonbus([...args, '--name', '../x']);
      expect(stderr, args[0]).to.match(
        /^error: .*'..\/x' is invalid. a name of at most 64 letters/,
      );
      expect(code, args[0]).to.equal(1);
    }
  });

  it('says that JetStream is off, and stops meanwhile at once', async function () {
    const { file } = await requireNatsServer(this);
    const port = await freePort();
    const server = spawn(file, ['-a', '127.0.0.1', '-p', String(port)], {
      stdio: 'ignore',
    });
    const env = { CARBONBUS_NATS_URL: `nats://127.0.0.1:${port}` };
    try {
      const { child, said } = startCarbonbus(['run', 'relay'], env);
      await said(/JetStream: nats-server has it off.*waiting for JetStream/);
      const askedMs = Date.now();
      child.kill('SIGTERM');
      expect((await once(child, 'close'))[0]).to.equal(0);
      expect(Date.now() - askedMs).to.be.lessThan(3_000);
      const { code, stderr } = await runCarbonbus(['status'], { env });
      expect(stderr).to.match(/^error: SHARD_0 cannot be asked: nobody answers for JetStream/);
      expect(code).to.equal(1);
    } finally {
      server.kill();
    }
  });

  it('says that a role waits for nats-server, and where; it stops meanwhile at once', async () => {
    const env = { CARBONBUS_NATS_URL: 'nats://127.0.0.1:1', LOG_LEVEL: 'info' };
    const { child, said } = startCarbonbus(['run', 'api'], env);
    await said(/127\.0\.0\.1:1.*NATS_URL.*waiting for nats-server/);
    const askedMs = Date.now();
    child.kill('SIGTERM');
    const [code] = await once(child, 'close');
    expect(code).to.equal(0);
    expect(Date.now() - askedMs).to.be.lessThan(5_000);
  });

  it('has a help for every command, and a word on each in the documents', async () => {
    const { stdout, code } = await runCarbonbus(['--help']);
    expect(code).to.equal(0);
    const commands = [...stdout.matchAll(/^ {2}([a-z][a-z-]+)/gm)].map((match) => match[1]);
    expect(commands).to.include.members(['tail', 'check-config', 'whisper-info']);
    const documents = ['README.md', ...readdirSync('docs').map((name) => `docs/${name}`)]
      .filter((path) => path.endsWith('.md'))
      .map((path) => readFileSync(path, 'utf8'))
      .join('\n');
    for (const name of ['nats', 'node', 'run', 'status', 'drain', 'retired'])
      expect((await runCarbonbus([name, '--help'])).stdout, name).to.match(
        new RegExp(`\\nExamples?:\\n(.*\\n)*?  .*carbonbus .*${name} `),
      );
    const told = (name: string) => new RegExp(`[\`/ ]${name}[\` ]`).test(documents);
    expect(commands.filter((name) => name !== 'help' && !told(name))).to.deep.equal([]);
  });
});

function emptied(folder: string): string {
  for (const name of readdirSync(folder)) rmSync(join(folder, name));
  return folder;
}
