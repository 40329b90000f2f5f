import { expect } from 'chai';
import { Destination } from '../../../../src/actors/destinations/destination.js';
import { FanOut } from '../../../../src/actors/destinations/fan-out.js';
import { Forwarder, type ReplayOrder } from '../../../../src/actors/destinations/forwarder.js';
import { Link } from '../../../../src/actors/destinations/link.js';
import type { LinkChoice } from '../../../../src/actors/destinations/link-choice.js';
import { Progress } from '../../../../src/actors/destinations/progress.js';
import type { Dial } from '../../../../src/actors/ports/dial.js';
import { TextKernel } from '../../../../src/protocols/kernel/lines/text-kernel.js';
import type { NameRouter } from '../../../../src/routing/rings/name-router.js';
import { ProgressFile } from '../../../../src/storage/progress-file.js';
import { type FakeDaemon, fakeDaemons } from '../../../support/fake-daemons.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { batchOf } from '../../../support/fake-points.js';
import { pass } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const HOLDBACK_MS = 5_000;

interface Options {
  daemons?: number;
  /** Makes one destination of all daemons. */
  group?: LinkChoice;
  order?: ReplayOrder;
  replayRate?: number;
  queuePoints?: number;
}

/** Every name goes to every destination. */
function toAll(count: number): NameRouter {
  return {
    destinationsMax: count,
    destinationsOf: (_bytes, _start, _end, into) => {
      for (let i = 0; i < count; i++) into[i] = i;
      return count;
    },
  };
}

/** A forwarder of one shard before daemons at ports 1, 2, ... */
class Bench {
  readonly clock = new SimulatedClock();
  readonly log = new FakeLogReader();
  readonly files = new MemoryFiles();
  readonly daemons: FakeDaemon[];
  forwarder: Forwarder;
  readonly #dial;
  readonly #options: Options;
  #appended = 0;
  #alive = { isAlive: true };

  constructor(options: Options = {}) {
    this.#options = options;
    const ports = Array.from({ length: options.daemons ?? 1 }, (_, i) => i + 1);
    const { dial, daemons } = fakeDaemons(...ports);
    this.daemons = daemons;
    this.#dial = dial;
    this.forwarder = this.#make(ports);
  }

  async start(): Promise<this> {
    await this.forwarder.start();
    await pass(this.clock, 100);
    return this;
  }

  /** Stops the forwarder, or kills it, and starts the next one on the same files. */
  async restart(how: 'stop' | 'kill'): Promise<void> {
    if (how === 'stop') {
      const stopped = this.forwarder.stop();
      await pass(this.clock, 3_000);
      await stopped;
    } else {
      this.#alive.isAlive = false;
      for (const daemon of this.daemons) daemon.die('answers');
    }
    this.forwarder = this.#make(this.daemons.map((_, i) => i + 1));
    await this.start();
  }

  /** Appends messages of one point each, whose values count on. */
  append(messages: number): void {
    for (let i = 0; i < messages; i++)
      this.log.append(
        batchOf([[`m${this.#appended % 7}`, 1_000 + this.#appended, this.#appended++]]),
      );
  }

  /** The values that a daemon got, in order. */
  values(daemon = 0): number[] {
    return this.daemons[daemon].lines.map((line) => Number(line.split(' ')[1]));
  }

  report(destination = 0) {
    return this.forwarder.reports()[destination];
  }

  /** A forwarder that does nothing to the world any longer once it is dead. */
  #make(ports: number[]): Forwarder {
    const alive = { isAlive: true };
    this.#alive = alive;
    const dial: Dial = (address, events) => {
      const connection = this.#dial(address, {
        connected: () => alive.isAlive && events.connected(),
        closed: (reason) => alive.isAlive && events.closed(reason),
      });
      const write = (bytes: Uint8Array, taken: () => void): void => {
        if (alive.isAlive) connection.write(bytes, taken);
      };
      return { ...connection, write };
    };
    const fileOf = (i: number): ProgressFile => {
      const file = new ProgressFile(this.files, '/data/forwarder1', `d${i}`);
      const save = file.save.bind(file);
      file.save = (shards) => alive.isAlive && save(shards);
      return file;
    };
    const { group, order = 'oldest-first', replayRate, queuePoints = 1_000 } = this.#options;
    const targets = group === undefined ? ports.map((port) => [port]) : [ports];
    const openMessages = new TextKernel(ports.length);
    return new Forwarder({
      shardCount: 1,
      log: this.log,
      fanOut: new FanOut(toAll(targets.length), openMessages),
      clock: this.clock,
      logger: new FakeLogger(),
      order,
      destinations: targets.map((target, i) => ({
        file: fileOf(i),
        make: (from, events) =>
          new Destination({
            name: `d${i}`,
            choice: group ?? 'failover',
            progress: new Progress(from, { ms: HOLDBACK_MS, bytes: 0 }),
            queue: { pointsMax: queuePoints, pointsLow: queuePoints / 2 },
            replayRate: replayRate ?? Number.POSITIVE_INFINITY,
            clock: this.clock,
            events,
            makeLinks: (linkEvents) =>
              target.map(
                (port) =>
                  new Link({
                    name: `h:${port}`,
                    address: { host: 'h', port },
                    dial,
                    index: port - 1,
                    message: openMessages.messages[port - 1],
                    deferMs: 10,
                    clock: this.clock,
                    log: new FakeLogger(),
                    events: linkEvents,
                  }),
              ),
          }),
      })),
    });
  }
}

function upTo(end: number, from = 0): number[] {
  return Array.from({ length: end - from }, (_, i) => from + i);
}

describe('Forwarder', () => {
  it('sends what the log has, and then what comes in, in order', async () => {
    const bench = new Bench();
    bench.append(20);
    await bench.start();
    expect(bench.values()).to.deep.equal(upTo(20));
    bench.append(5);
    await pass(bench.clock, 2_000);
    expect(bench.values()).to.deep.equal(upTo(25));
    expect(bench.report().state).to.equal('live');
    expect(bench.report().counters).to.include({ pointsSent: 25, pointsResent: 0 });
  });

  it('sends what is left of a log that has lost its end, and what was accepted since', async () => {
    const bench = new Bench({ daemons: 2 });
    bench.append(20);
    await bench.start();
    bench.log.cutBack(10);
    bench.append(15);
    await pass(bench.clock, 2_000);
    const sent = [...upTo(20), ...upTo(10), ...upTo(35, 20)];
    expect(bench.values(0)).to.deep.equal(sent);
    expect(bench.values(1)).to.deep.equal(sent);
    expect(bench.report()).to.include({ state: 'live', lag: 0 });
  });

  for (const kept of [10, 4])
    it(`does so too when that happened while it was away, with ${kept} messages left`, async () => {
      const bench = await new Bench().start();
      bench.append(20);
      await pass(bench.clock, HOLDBACK_MS + 2_000);
      bench.log.cutBack(kept);
      bench.append(15);
      await bench.restart('kill');
      const values = bench.values();
      expect(values.slice(20)).to.deep.equal([...upTo(kept), ...upTo(35, 20)]);
    });

  it('reads the log once for all destinations that are equally far', async () => {
    const bench = await new Bench({ daemons: 4 }).start();
    bench.append(30);
    await pass(bench.clock, 1_000);
    for (const daemon of [0, 1, 2, 3]) expect(bench.values(daemon)).to.deep.equal(upTo(30));
    expect(bench.log.delivered).to.be.at.most(34);
  });

  it('waits for one that is absent at start, and brings it all', async () => {
    const bench = new Bench({ daemons: 2 });
    bench.daemons[1].manner = 'refuses';
    await bench.start();
    bench.append(40);
    await pass(bench.clock, 20_000);
    expect(bench.values(0)).to.deep.equal(upTo(40));
    expect(bench.report(1).state).to.equal('down');
    expect(bench.daemons[1].dials).to.be.within(5, 12);
    bench.daemons[1].manner = 'answers';
    await pass(bench.clock, 15_000);
    expect(bench.values(1)).to.deep.equal(upTo(40));
    expect(bench.report(1)).to.include({ state: 'live', lag: 0 });
  });

  it('sends again what is not sure to have arrived when a daemon dies, and nothing more', async () => {
    const bench = await new Bench({ daemons: 2 }).start();
    bench.append(10);
    await pass(bench.clock, HOLDBACK_MS + 2_000);
    bench.append(10);
    await pass(bench.clock, 2_000);
    bench.daemons[0].die('refuses');
    bench.append(10);
    await pass(bench.clock, 3_000);
    bench.daemons[0].manner = 'answers';
    await pass(bench.clock, 10_000);
    expect(bench.values(0)).to.deep.equal([...upTo(20), ...upTo(30, 10)]);
    expect(bench.values(1)).to.deep.equal(upTo(30));
    expect(bench.report(0).counters).to.include({ pointsResent: 10, connectionsLost: 1 });
    expect(bench.report(0).state).to.equal('live');
  });

  it('does not let a slow one hold the others up, nor itself be buffered for', async () => {
    const bench = await new Bench({ daemons: 2, queuePoints: 10 }).start();
    bench.daemons[1].isStuck = true;
    bench.append(500);
    await pass(bench.clock, 3_000);
    expect(bench.values(0)).to.deep.equal(upTo(500));
    expect(bench.report(1).pendingPoints).to.be.within(10, 11);
    expect(bench.report(1).state).to.equal('replaying');
    bench.daemons[1].unstick();
    bench.append(10);
    await pass(bench.clock, 10_000);
    expect(bench.values(1)).to.deep.equal(upTo(510));
    const before = bench.log.delivered;
    bench.append(10);
    await pass(bench.clock, 1_000);
    expect(bench.log.delivered - before, 'they read together again').to.be.at.most(11);
    expect(bench.values(1)).to.deep.equal(upTo(520));
  });

  it('goes on where it was after a stop, and sends the unsure again after a kill', async () => {
    const bench = await new Bench().start();
    bench.append(10);
    await pass(bench.clock, HOLDBACK_MS + 3_000);
    bench.append(5);
    await pass(bench.clock, 2_000);
    await bench.restart('kill');
    expect(bench.values()).to.deep.equal([...upTo(15), ...upTo(15, 10)]);
    await pass(bench.clock, HOLDBACK_MS + 3_000);
    await bench.restart('stop');
    bench.append(1);
    await pass(bench.clock, 1_000);
    expect(bench.values().slice(20)).to.deep.equal([15]);
  });

  it('catches up at REPLAY_RATE', async () => {
    const bench = new Bench({ replayRate: 100 });
    bench.append(1_000);
    await bench.start();
    await pass(bench.clock, 4_900);
    expect(bench.values().length).to.be.within(450, 510);
    await pass(bench.clock, 6_000);
    expect(bench.values()).to.deep.equal(upTo(1_000));
  });

  it('newest first: what comes in at once, then what was missed from its end', async () => {
    const bench = await new Bench({ order: 'newest-first', replayRate: 200 }).start();
    bench.append(5);
    await pass(bench.clock, HOLDBACK_MS + 2_000);
    bench.daemons[0].die('refuses');
    bench.append(100);
    await pass(bench.clock, 3_000);
    bench.daemons[0].manner = 'answers';
    await pass(bench.clock, 4_000, 10);
    bench.append(1);
    await pass(bench.clock, 2_000);
    const late = bench.values().slice(5);
    expect([...late].sort((a, b) => a - b)).to.deep.equal(upTo(106, 5));
    expect(late[0]).to.be.above(60);
    expect(late.indexOf(104)).to.be.below(late.indexOf(5));
    expect(bench.report()).to.include({ state: 'live', lag: 0 });
    expect(bench.report().counters.pointsResent).to.equal(0);
  });

  it('counts what retention took before it was sent', async () => {
    const bench = new Bench();
    bench.daemons[0].manner = 'refuses';
    await bench.start();
    bench.append(50);
    await pass(bench.clock, 1_000);
    bench.log.removeBefore(31);
    bench.daemons[0].manner = 'answers';
    await pass(bench.clock, 10_000);
    expect(bench.values()).to.deep.equal(upTo(50, 30));
    expect(bench.report().counters.messagesLost).to.equal(30);
  });

  it('begins anew in a log that was made anew', async () => {
    const bench = await new Bench().start();
    bench.append(10);
    await pass(bench.clock, HOLDBACK_MS + 3_000);
    bench.log.makeAnew();
    bench.append(3);
    await bench.restart('kill');
    expect(bench.values()).to.deep.equal(upTo(13));
  });

  it('failover: the first that is up gets all, and what the dead one may not have goes to the next', async () => {
    const bench = await new Bench({ daemons: 2, group: 'failover' }).start();
    bench.append(10);
    await pass(bench.clock, 1_000);
    expect(bench.values(1)).to.deep.equal([]);
    bench.daemons[0].die('refuses');
    await pass(bench.clock, 1_000);
    expect(bench.values(1)).to.deep.equal(upTo(10));
    bench.append(5);
    await pass(bench.clock, 1_000);
    expect(bench.values(1)).to.deep.equal(upTo(15));
    bench.daemons[0].manner = 'answers';
    await pass(bench.clock, 15_000);
    bench.append(5);
    await pass(bench.clock, 1_000);
    expect(bench.values(0)).to.deep.equal([...upTo(10), ...upTo(20, 15)]);
    expect(bench.report()).to.include({ daemons: 2, daemonsUp: 2 });
  });

  it('any_of: a name stays with its daemon, and only those of a dead one go elsewhere', async () => {
    const bench = await new Bench({ daemons: 3, group: 'any_of' }).start();
    bench.append(70);
    await pass(bench.clock, HOLDBACK_MS + 2_000);
    const namesOf = (daemon: number): Set<string> =>
      new Set(bench.daemons[daemon].lines.map((line) => line.split(' ')[0]));
    const names = [0, 1, 2].map(namesOf);
    expect(names.flatMap((one) => [...one])).to.have.length(7);
    const dead = names.findIndex((one) => one.size > 0);
    bench.daemons[dead].die('refuses');
    const before = bench.daemons.map((daemon) => daemon.lines.length);
    bench.append(70);
    await pass(bench.clock, 2_000);
    const sent = bench.daemons.flatMap((daemon, i) => daemon.lines.slice(before[i]));
    expect(sent).to.have.length(70);
    for (const i of [0, 1, 2].filter((daemon) => daemon !== dead))
      for (const name of names[i]) expect(namesOf(i).has(name)).to.equal(true);
  });
});
