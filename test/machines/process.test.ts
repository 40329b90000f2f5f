import { expect } from 'chai';
import {
  type ChildExit,
  exitCodeOf,
  RESTART_WINDOW_MS,
  RESTARTS_MAX,
  SETTLED_MS,
  STOP_AGAIN_MS,
  STOP_GRACE_MS,
  STOP_LIMIT_MS,
  startProcessMachine,
} from '../../src/actors/supervision/process.machine.js';
import { SimulatedClock } from '../support/simulated-clock.js';

const KILLED: ChildExit = { code: null, signal: 'SIGKILL' };
const CRASHED: ChildExit = { code: 1, signal: null };

/** The machine on a simulated clock, with everything it did to the world written down. */
function start() {
  const clock = new SimulatedClock();
  const done: string[] = [];
  const machine = startProcessMachine(
    {
      spawnChild: () => done.push('spawn'),
      askToStop: () => done.push('ask'),
      terminateChild: () => done.push('terminate'),
      killChild: () => done.push('kill'),
      reportRestart: (_exit, delayMs) => done.push(`restart in ${delayMs}`),
      reportGivingUp: (exit) => done.push(`give up after ${exit.code}`),
    },
    clock,
  );
  return {
    clock,
    machine,
    state: () => machine.getSnapshot().value,
    exitCode: () => exitCodeOf(machine.getSnapshot()),
    spawned: () => machine.send({ type: 'child.spawned' }),
    exited: (exit: ChildExit) =>
      machine.send({ type: 'child.exited', exit, atMs: clock.monotonicMs() }),
    idle: () => machine.send({ type: 'child.idle' }),
    stop: () => machine.send({ type: 'stop.requested', atMs: clock.monotonicMs() }),
    /** What was done since the last call. */
    done: () => done.splice(0),
  };
}

function running() {
  const process = start();
  process.spawned();
  process.done();
  return process;
}

describe('process machine', () => {
  it('starts a child and waits until it runs', () => {
    const process = start();
    expect(process.state()).to.equal('starting');
    expect(process.done()).to.deep.equal(['spawn']);
    process.spawned();
    expect(process.state()).to.equal('running');
    expect(process.done()).to.deep.equal([]);
  });

  it('restarts a child that died, after a pause', () => {
    const process = running();
    process.exited(KILLED);
    expect(process.state()).to.equal('backingOff');
    expect(process.done()).to.deep.equal(['restart in 100']);
    process.clock.advance(99);
    expect(process.state()).to.equal('backingOff');
    process.clock.advance(1);
    expect(process.state()).to.equal('starting');
    expect(process.done()).to.deep.equal(['spawn']);
  });

  it('restarts a child that could not be started', () => {
    const process = start();
    process.exited({ code: null, signal: null, failure: 'EAGAIN' });
    expect(process.state()).to.equal('backingOff');
  });

  it('restarts a child that ended without being asked, whatever its code', () => {
    const process = running();
    process.exited({ code: 0, signal: null });
    expect(process.state()).to.equal('backingOff');
  });

  it('doubles the pause with each death in a row, up to a second', () => {
    const process = running();
    const pauses: string[] = [];
    for (let death = 0; death < 6; death++) {
      process.exited(CRASHED);
      pauses.push(process.done().at(-1) ?? '');
      process.clock.advance(1000);
      process.spawned();
    }
    expect(pauses).to.deep.equal([100, 200, 400, 800, 1000, 1000].map((ms) => `restart in ${ms}`));
  });

  it('begins with the short pause again after a settled life', () => {
    const process = running();
    for (let death = 0; death < 4; death++) {
      process.exited(KILLED);
      process.clock.advance(1000);
      process.spawned();
    }
    process.clock.advance(SETTLED_MS);
    process.done();
    process.exited(KILLED);
    expect(process.done()).to.deep.equal(['restart in 100']);
  });

  it('gives up on a child that dies as it starts, in about a minute', () => {
    const process = start();
    let restarts = 0;
    while (process.state() !== 'failed') {
      process.spawned();
      process.clock.advance(300);
      process.exited(CRASHED);
      process.clock.advance(1000);
      restarts++;
      expect(restarts).to.be.at.most(RESTARTS_MAX + 1);
    }
    expect(process.clock.monotonicMs()).to.be.lessThan(RESTART_WINDOW_MS);
    expect(process.done().at(-1)).to.equal('give up after 1');
    expect(process.exitCode()).to.equal(1);
  });

  it('goes on for ever with a child that is killed every two seconds', () => {
    const process = running();
    for (let kill = 0; kill < 500; kill++) {
      process.clock.advance(1000);
      process.exited(KILLED);
      expect(process.state()).to.equal('backingOff');
      process.clock.advance(1000);
      process.spawned();
    }
    expect(process.machine.getSnapshot().context.restartsAtMs.length).to.be.at.most(RESTARTS_MAX);
  });

  it('does not restart a child that says it is misconfigured, and exits as it did', () => {
    for (const process of [start(), running()]) {
      process.exited({ code: 78, signal: null });
      expect(process.state()).to.equal('failed');
      expect(process.done().at(-1)).to.equal('give up after 78');
      expect(process.exitCode()).to.equal(78);
    }
  });

  it('asks a running child to stop, and is done when it has', () => {
    const process = running();
    process.stop();
    expect(process.state()).to.deep.equal({ stopping: 'asking' });
    process.exited({ code: 0, signal: null });
    expect(process.state()).to.equal('stopped');
    expect(process.done()).to.deep.equal(['ask']);
    expect(process.exitCode()).to.equal(0);
  });

  it('takes further requests to stop that come at once as the first one', () => {
    const process = running();
    process.stop();
    process.stop();
    process.clock.advance(STOP_AGAIN_MS - 1);
    process.stop();
    expect(process.state()).to.deep.equal({ stopping: 'asking' });
    expect(process.done()).to.deep.equal(['ask']);
  });

  for (const [what, waitedMs] of [
    ['is asked', STOP_AGAIN_MS],
    ['is terminated', STOP_GRACE_MS],
  ] as const) {
    it(`kills a child that ${what} to stop when that is requested again, once`, () => {
      const process = running();
      process.stop();
      process.clock.advance(waitedMs);
      process.done();
      process.stop();
      process.stop();
      expect(process.done()).to.deep.equal(['kill']);
      process.exited(KILLED);
      expect(process.state()).to.equal('stopped');
      expect(process.exitCode()).to.equal(0);
    });
  }

  it('terminates a child that does not stop, and kills one that does not end', () => {
    const process = running();
    process.stop();
    process.clock.advance(STOP_GRACE_MS - 1);
    expect(process.state()).to.deep.equal({ stopping: 'asking' });
    process.clock.advance(1);
    expect(process.state()).to.deep.equal({ stopping: 'terminating' });
    process.clock.advance(STOP_LIMIT_MS - STOP_GRACE_MS);
    expect(process.state()).to.deep.equal({ stopping: 'killing' });
    process.exited(KILLED);
    expect(process.state()).to.equal('stopped');
    expect(process.exitCode()).to.equal(0);
  });

  it('terminates an idle child at once', () => {
    const process = running();
    process.stop();
    process.idle();
    expect(process.done()).to.deep.equal(['ask', 'terminate']);
    process.idle();
    expect(process.state()).to.deep.equal({ stopping: 'terminating' });
  });

  it('can be stopped while the child is starting', () => {
    const process = start();
    process.stop();
    process.spawned();
    expect(process.state()).to.deep.equal({ stopping: 'asking' });
    process.exited({ code: 0, signal: null });
    expect(process.state()).to.equal('stopped');
  });

  it('can be stopped between two lives', () => {
    const process = running();
    process.exited(KILLED);
    process.stop();
    expect(process.state()).to.equal('stopped');
    process.clock.advance(60_000);
    expect(process.done()).to.deep.equal(['restart in 100']);
  });

  it('fails loudly on an event that it does not know or does not expect', () => {
    for (const event of [{ type: 'child.vanished' }, { type: 'child.idle' }]) {
      const { machine } = running();
      let failure: unknown;
      machine.subscribe({ error: (error) => (failure = error) });
      machine.send(event as never);
      expect(failure).to.match(/unexpected .*child\./);
      expect(machine.getSnapshot().status).to.equal('error');
    }
  });
});
