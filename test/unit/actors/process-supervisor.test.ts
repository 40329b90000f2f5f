import { expect } from 'chai';
import { superviseProcess } from '../../../src/actors/supervision/process-supervisor.js';
import { childProcesses } from '../../../src/edge/child-process.js';
import { systemClock } from '../../../src/edge/clock.js';

/** A child that waits, and does `onStop` when it is asked to stop. */
const child = (onStop: string): string => `
  const keepAlive = setInterval(() => {}, 1000);
  process.on('SIGINT', () => {});
  process.on('disconnect', () => process.exit(0));
  process.on('message', (message) => { if (message.type === 'stop') { ${onStop} } });
`;

function supervise(
  script: string,
  untilIdle?: () => Promise<void>,
  environment: Readonly<Record<string, string>> = {},
) {
  const lines: string[] = [];
  const supervisor = superviseProcess(
    {
      name: 'node1',
      command: {
        file: process.execPath,
        args: ['-e', script],
        environment,
        ipc: untilIdle === undefined,
        detached: false,
      },
      ...(untilIdle && { untilIdle }),
    },
    { processes: childProcesses, clock: systemClock, log: (line) => lines.push(line) },
  );
  return { supervisor, lines };
}

async function until<T>(probe: () => T | undefined): Promise<T> {
  for (let attempt = 0; attempt < 500; attempt++) {
    const found = probe();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error('waited in vain');
}

describe('process supervisor', () => {
  it('restarts a child that was killed, and stops it when asked', async () => {
    const { supervisor, lines } = supervise(child('process.exit(0)'));
    const first = await until(() => supervisor.childPid);
    process.kill(first, 'SIGKILL');
    const second = await until(() =>
      supervisor.childPid === first ? undefined : supervisor.childPid,
    );
    expect(second).not.to.equal(first);
    expect(lines).to.deep.equal(['node1: was killed by SIGKILL; started again in 100 ms']);
    await new Promise((resolve) => setTimeout(resolve, 200));
    supervisor.stop();
    supervisor.stop();
    expect(await supervisor.finished).to.equal(0);
    expect(supervisor.childPid).to.equal(undefined);
    supervisor.stop();
  });

  it('adds to the environment of a child what is not said there', async () => {
    const told = 'process.exit(process.env.ADDED === "1" && process.env.PATH !== "" ? 78 : 0)';
    const { supervisor } = supervise(told, undefined, { ADDED: '1', PATH: '' });
    expect(await supervisor.finished).to.equal(78);
  });

  it('ends with 78 and without a word of its own when the child is misconfigured', async () => {
    const { supervisor, lines } = supervise('process.exit(78)');
    expect(await supervisor.finished).to.equal(78);
    expect(lines).to.deep.equal([]);
  });

  it('terminates a child that does not listen to messages once it is idle', async () => {
    let idle = (): void => {};
    const { supervisor } = supervise(
      'setInterval(() => {}, 1000)',
      () => new Promise((resolve) => (idle = resolve)),
    );
    const pid = await until(() => supervisor.childPid);
    await new Promise((resolve) => setTimeout(resolve, 100));
    supervisor.stop();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(supervisor.childPid).to.equal(pid);
    idle();
    expect(await supervisor.finished).to.equal(0);
  });

  it('says why a program cannot be started, and tries again', async () => {
    const lines: string[] = [];
    const supervisor = superviseProcess(
      {
        name: 'nats-server',
        command: { file: '/nowhere/nats-server', args: [], ipc: false, detached: false },
      },
      { processes: childProcesses, clock: systemClock, log: (line) => lines.push(line) },
    );
    await until(() => (lines.length > 1 ? true : undefined));
    expect(lines[0]).to.match(/^nats-server: could not be started: .*ENOENT; started again in 100/);
    supervisor.stop();
    expect(await supervisor.finished).to.equal(0);
  });

  it('says what keeps a program from being started, where that can be seen', async () => {
    const lines: string[] = [];
    const supervisor = superviseProcess(
      {
        name: 'api1',
        command: {
          file: process.execPath,
          args: ['-e', 'process.exit(1)'],
          ipc: true,
          detached: false,
        },
        obstacle: () => '/nowhere.js is not there any more',
      },
      { processes: childProcesses, clock: systemClock, log: (line) => lines.push(line) },
    );
    await until(() => lines[0]);
    expect(lines[0]).to.match(
      /^api1: exited with code 1 \(\/nowhere.js is not .*\); started again/,
    );
    supervisor.stop();
    expect(await supervisor.finished).to.equal(0);
  });
});
