import { expect } from 'chai';
import { NAME_BYTES_MAX, Relay } from '../../../../src/actors/relay/relay.js';
import { Ticket } from '../../../../src/actors/relay/ticket.js';
import { RejectionCounts } from '../../../../src/protocols/rejection.js';
import { shardSubject } from '../../../../src/protocols/subjects.js';
import { FakeLogWriter } from '../../../support/fake-log-writer.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { blockOf, type NamedPoint } from '../../../support/fake-points.js';
import { pass, settled, watch } from '../../../support/fake-time.js';
import { plainShardHash, shardOfName } from '../../../support/shard-of.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';
import { testPipeline } from '../../../support/test-pipeline.js';

const SHARDS = 8;

function start(options: { batchBytes?: number; windowBytes?: number; log?: RoomsLog } = {}) {
  const log = options.log ?? new FakeLogWriter();
  const clock = new SimulatedClock();
  const rejections = new RejectionCounts();
  const relay = new Relay({
    pipeline: testPipeline(rejections),
    shardHash: plainShardHash(SHARDS),
    idPrefix: 'relay1:1',
    batchBytes: 16_384,
    windowBytes: 1_000_000,
    flushIntervalMs: 100,
    ...options,
    log,
    clock,
    logger: new FakeLogger(),
    rejections,
  });
  return { log, clock, rejections, relay };
}

/** A log that notes in which rooms batches came to it. */
class RoomsLog extends FakeLogWriter {
  rooms = new Set<ArrayBufferLike>();

  override publish(...[subject, bytes, id]: Parameters<FakeLogWriter['publish']>) {
    this.rooms.add(bytes.buffer);
    return super.publish(subject, bytes, id);
  }
}

function many(count: number): NamedPoint[] {
  return Array.from({ length: count }, (_, i) => [`servers.web${i}.cpu`, 1_700_000_000 + i, i / 4]);
}

/** A name of exactly so many bytes. */
function nameOf(bytes: number): string {
  return 'n'.repeat(bytes);
}

describe('Relay', () => {
  it('brings every point into the log of its shard, unchanged', async () => {
    const { relay, log, clock } = start();
    const points = many(500);
    relay.accept(blockOf(points));
    await pass(clock, 100);
    const used = new Set<number>();
    for (let shard = 0; shard < SHARDS; shard++) {
      const expected = points.filter(([name]) => shardOfName(name, SHARDS) === shard);
      expect(log.points(shardSubject(shard))).to.deep.equal(expected);
      if (expected.length > 0) used.add(shard);
    }
    expect(used.size).to.equal(SHARDS);
    expect(relay.counters).to.include({ pointsReceived: 500, pointsStored: 500 });
    expect(relay.pendingPoints).to.equal(0);
  });

  it('routes a tagged metric by its normalised name', async () => {
    const { relay, log, clock } = start();
    relay.accept(blockOf([['disk;b=2;a=1', 1, 2]]));
    await pass(clock, 100);
    const name = 'disk;a=1;b=2';
    expect(log.points(shardSubject(shardOfName(name, SHARDS)))).to.deep.equal([[name, 1, 2]]);
  });

  it('does not keep the bytes of a block', async () => {
    const { relay, log, clock } = start();
    const block = blockOf([['a.b', 1, 2]]);
    relay.accept(block);
    block.bytes.fill(0);
    await pass(clock, 100);
    expect(log.allPoints).to.deep.equal([['a.b', 1, 2]]);
  });

  it('publishes at each interval, and not before', async () => {
    const { relay, log, clock } = start();
    relay.accept(blockOf([['a.b', 1, 2]]));
    await pass(clock, 99, 1);
    expect(log.attempts).to.have.length(0);
    await pass(clock, 1, 1);
    expect(log.stored).to.have.length(1);
    relay.accept(blockOf([['a.b', 2, 2]]));
    await pass(clock, 100, 1);
    expect(log.stored).to.have.length(2);
  });

  it('publishes under ids that no two batches share', async () => {
    const { relay, log, clock } = start({ batchBytes: 4_096 });
    relay.accept(blockOf(many(2_000)));
    await pass(clock, 100);
    const ids = log.attempts.map((one) => one.id);
    expect(ids.length).to.be.greaterThan(SHARDS);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('refuses a name that no file can have, and only that', async () => {
    const { relay, log, clock, rejections } = start();
    relay.accept(
      blockOf([
        [nameOf(NAME_BYTES_MAX + 1), 1, 1],
        [nameOf(NAME_BYTES_MAX), 1, 2],
        ['a.b', 1, 3],
      ]),
    );
    await pass(clock, 100);
    expect(log.allPoints.map(([, , value]) => value).sort()).to.deep.equal([2, 3]);
    expect(rejections.count('name-too-long')).to.equal(1);
    expect(rejections.total).to.equal(1);
  });

  it('takes the longest name however small its batches are', async () => {
    const { relay, log, clock } = start({ batchBytes: 1024 });
    relay.accept(
      blockOf([
        [nameOf(NAME_BYTES_MAX), 1, 1],
        ['a.b', 1, 2],
      ]),
    );
    await pass(clock, 100);
    expect(log.allPoints).to.have.length(2);
  });

  it('fills its window while the logs do not answer, and empties it when they do', async () => {
    const { relay, log, clock } = start({ windowBytes: 16_384, batchBytes: 8_192 });
    log.verdict = () => 'hold';
    relay.accept(blockOf(many(4_000)));
    expect(relay.window.full).to.equal(true);
    expect(relay.pendingPoints).to.equal(4_000);
    log.verdict = () => 'stored';
    while (log.held > 0) log.release();
    await pass(clock, 200);
    expect([relay.window.full, relay.window.bytes, relay.pendingPoints]).to.deep.equal([
      ...[false, 0, 0],
    ]);
    expect(log.allPoints).to.have.length(4_000);
  });

  it('keeps no more rooms for later batches than a full window takes', async () => {
    const log = new RoomsLog();
    const windowBytes = 40_000;
    const { relay, clock } = start({ log, batchBytes: 1_000, windowBytes });
    const flood = async (): Promise<Set<ArrayBufferLike>> => {
      log.rooms = new Set();
      relay.accept(blockOf(many(20_000)));
      for (let i = 0; i < 30; i++) await pass(clock, 100);
      expect(relay.pendingPoints).to.equal(0);
      return log.rooms;
    };
    const first = await flood();
    const again = [...(await flood())].filter((room) => first.has(room));
    const bytes = again.reduce((sum, room) => sum + room.byteLength, 0);
    expect(first.size).to.be.greaterThan(4 * again.length);
    expect(bytes).to.be.within(windowBytes / 2, windowBytes);
  });

  it('is drained when all logs have everything, and flushes no more afterwards', async () => {
    const { relay, log, clock } = start();
    log.verdict = () => 'hold';
    relay.accept(blockOf(many(100)));
    const drained = watch(relay.drain());
    await settled();
    while (log.held > 1) log.release();
    await settled();
    expect(drained.state).to.equal('pending');
    log.release();
    await settled();
    expect(drained.state).to.equal('resolved');
    expect(log.allPoints).to.have.length(100);
    const attempts = log.attempts.length;
    relay.accept(blockOf([['a.b', 1, 2]]));
    await pass(clock, 1000);
    expect(log.attempts).to.have.length(attempts);
  });

  it('says done when every batch with points of an input is stored', async () => {
    const { relay, log, clock } = start();
    log.verdict = () => 'hold';
    let done = 0;
    const ticket = new Ticket(() => done++);
    relay.accept(blockOf(many(100)), ticket);
    ticket.release();
    await pass(clock, 100);
    expect(log.held).to.equal(SHARDS);
    while (log.held > 0) {
      await settled();
      expect(done).to.equal(0);
      log.release();
    }
    await settled();
    expect(done).to.equal(1);
  });

  describe('locate', () => {
    it('finds the points that wait in the relay, the newest of them and the last of a time', async () => {
      const { relay, log } = start();
      log.verdict = () => 'hold';
      relay.accept(
        blockOf([
          ['a.b', 20, 1],
          ['a.b', 10, 2],
          ['a.bc', 99, 3],
        ]),
      );
      relay.flush();
      relay.accept(blockOf([['a.b', 20, 4]]));
      const first = relay.locate('a.b');
      expect(first).to.include({ place: 'relay', newestTimestamp: 20, newestValue: 4, points: 3 });
      await settled();
      expect(relay.locate('none')).to.deep.equal({
        place: 'relay',
        points: 0,
        newestTimestamp: null,
        newestValue: null,
      });
    });

    it('finds nothing once the points are in a log', async () => {
      const { relay, clock } = start();
      relay.accept(blockOf([['a.b', 20, 1]]));
      expect(relay.locate('a.b').points).to.equal(1);
      await pass(clock, 100);
      expect(relay.locate('a.b').points).to.equal(0);
    });
  });
});
