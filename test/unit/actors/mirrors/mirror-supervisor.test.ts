import { expect } from 'chai';
import { MirrorSupervisor } from '../../../../src/actors/mirrors/mirror-supervisor.js';
import type {
  MirrorState,
  MirrorStreams,
  OriginState,
} from '../../../../src/actors/ports/mirrors.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { pass } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const LAYOUT = { shardCount: 2, routerHashType: 'jump_fnv1a_ch' };
const STUCK_AFTER_MS = 180_000;
const LOOK_MS = 2_000;

/** Two datacentres' streams in memory, with a link between them. */
class FakeStreams implements MirrorStreams {
  readonly origin = new Map<number, OriginState>();
  readonly mirror = new Map<number, MirrorState>();
  readonly made: [shard: number, origin: string][] = [];
  isCut = false;
  isFull = false;

  async origins(): Promise<ReadonlyMap<number, OriginState>> {
    if (this.isCut) throw new Error('TIMEOUT');
    return new Map(this.origin);
  }

  async mirrors(): Promise<ReadonlyMap<number, MirrorState>> {
    return new Map(this.mirror);
  }

  async make(shard: number, _datacentre: string, origin: string): Promise<void> {
    if (this.isFull) throw new Error('insufficient storage');
    this.made.push([shard, origin]);
    this.mirror.set(shard, { origin, lastSequence: 0 });
  }

  /** Where the log of shard 0 ends, there and here. */
  ends(there: number, here: number): void {
    this.origin.set(0, { ...this.origin.get(0)!, lastSequence: there });
    this.mirror.set(0, { ...this.mirror.get(0)!, lastSequence: here });
  }
}

/** @param mirror where the mirror of shard 0 ends, if there is one */
function start(rank = 0, mirror?: number) {
  const clock = new SimulatedClock();
  const streams = new FakeStreams();
  const log = new FakeLogger();
  streams.origin.set(0, { created: 'monday', lastSequence: 10, layout: LAYOUT });
  if (mirror !== undefined) streams.mirror.set(0, { origin: 'monday', lastSequence: mirror });
  const supervisor = new MirrorSupervisor({
    datacentre: 'dc2',
    layout: LAYOUT,
    shards: [{ shard: 0, rank }],
    stuckAfterMs: STUCK_AFTER_MS,
    streams,
    clock,
    log,
  });
  return { clock, streams, log, supervisor, look: () => pass(clock, LOOK_MS, LOOK_MS) };
}

describe('MirrorSupervisor', () => {
  it('makes what is missing, and says how far it is behind', async () => {
    const { streams, supervisor, look } = start();
    await look();
    expect(streams.made).to.deep.equal([[0, 'monday']]);
    streams.ends(10, 4);
    await look();
    expect(supervisor.report(0)).to.deep.equal({ state: 'following', behind: 6 });
    streams.ends(10, 10);
    await look();
    expect(supervisor.report(0)).to.deep.equal({ state: 'following', behind: 0 });
    expect(streams.made).to.have.length(1);
  });

  it('waits while the other datacentre is out of reach, or has no log yet', async () => {
    const { streams, supervisor, look, log } = start(0, 4);
    streams.isCut = true;
    for (let i = 0; i < 200; i++) await look();
    expect(supervisor.report(0)).to.deep.equal({ state: 'cutOff', behind: null });
    expect(log.texts('error')).to.deep.equal(['the other datacentre cannot be mirrored']);
    streams.isCut = false;
    streams.origin.delete(0);
    await look();
    expect(supervisor.report(0).state).to.equal('cutOff');
    expect(streams.made).to.deep.equal([]);
  });

  it('makes a mirror again that stands still, the later nodes of the shard later', async () => {
    const before: Record<number, number> = { 0: STUCK_AFTER_MS, 1: STUCK_AFTER_MS * 1.5 };
    for (const rank of [0, 1]) {
      const { clock, streams, supervisor, look } = start(rank, 4);
      await look();
      await look();
      expect(supervisor.report(0)).to.deep.equal({ state: 'stalled', behind: 6 });
      await pass(clock, before[rank] - 2 * LOOK_MS, LOOK_MS);
      expect(streams.made).to.deep.equal([]);
      await pass(clock, 4 * LOOK_MS, LOOK_MS);
      expect(streams.made).to.deep.equal([[0, 'monday']]);
    }
  });

  it('leaves a slow one alone as long as it moves', async () => {
    const { streams, look } = start(0, 0);
    for (let i = 1; i < 300; i++) {
      streams.ends(1000, i);
      await look();
    }
    expect(streams.made).to.deep.equal([]);
  });

  it('makes a mirror of the new log where the origin was made anew', async () => {
    const { streams, look } = start();
    await look();
    streams.origin.set(0, { created: 'tuesday', lastSequence: 2, layout: LAYOUT });
    await look();
    expect(streams.made).to.deep.equal([
      [0, 'monday'],
      [0, 'tuesday'],
    ]);
  });

  it('tells readers to begin anew where the origin lost its end, and only once', async () => {
    const { streams, look } = start();
    await look();
    streams.ends(7, 10);
    await look();
    expect(streams.made.at(-1)).to.deep.equal([0, 'monday, cut back to 7']);
    streams.ends(9, 9);
    await look();
    expect(streams.made).to.have.length(2);
    streams.ends(8, 9);
    await look();
    expect(streams.made.at(-1)).to.deep.equal([0, 'monday, cut back to 8']);
  });

  it('refuses a datacentre of another layout, and names the settings', async () => {
    const { streams, supervisor, look, log } = start();
    const layout = { ...LAYOUT, shardCount: 8 };
    streams.origin.set(0, { created: 'monday', lastSequence: 10, layout });
    await look();
    expect(supervisor.report(0).state).to.equal('refused');
    expect(streams.made).to.deep.equal([]);
    expect(JSON.stringify(log.lines)).to.contain('SHARDS is 2 here and 8 there');
    streams.origin.set(0, { created: 'monday', lastSequence: 10, layout: LAYOUT });
    await look();
    expect(supervisor.report(0).state).to.equal('following');
  });

  it('tries again at each look what could not be made', async () => {
    const { streams, supervisor, look, log } = start();
    streams.isFull = true;
    await look();
    expect(supervisor.report(0).state).to.equal('unknown');
    expect(log.texts('error')).to.include('cannot make a mirror');
    streams.isFull = false;
    await look();
    expect(streams.made).to.have.length(1);
  });
});
