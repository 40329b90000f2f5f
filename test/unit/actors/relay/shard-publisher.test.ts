import { expect } from 'chai';
import { BatchRooms } from '../../../../src/actors/relay/batch-rooms.js';
import {
  type PublishCounters,
  ShardPublisher,
} from '../../../../src/actors/relay/shard-publisher.js';
import { Ticket } from '../../../../src/actors/relay/ticket.js';
import { Window } from '../../../../src/actors/relay/window.js';
import { BatchBuilder } from '../../../support/batch-builder.js';
import { FakeLogWriter } from '../../../support/fake-log-writer.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { pass, settled, watch } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const SUBJECT = 'shard.7.batch';

function start(batchBytes = 1024) {
  const log = new FakeLogWriter();
  const clock = new SimulatedClock();
  const logger = new FakeLogger();
  const window = new Window(1_000_000);
  const counters: PublishCounters = {
    batchesStored: 0,
    pointsStored: 0,
    publishRetries: 0,
    logFull: 0,
  };
  const batch = new BatchBuilder(batchBytes);
  const publisher = new ShardPublisher({
    shard: 7,
    idPrefix: 'relay1:99',
    batch,
    rooms: new BatchRooms(1_000_000),
    log,
    window,
    clock,
    logger,
    counters,
  });
  let next = 0;
  return {
    log,
    clock,
    logger,
    window,
    counters,
    publisher,
    /** Appends so many points; their values count up. */
    append: (count = 1, ticket?: Ticket) => {
      const name = Buffer.from('a.b');
      for (let i = 0; i < count; i++) {
        const append = () => batch.append(name, 0, name.length, 1000, next);
        if (!append()) publisher.seal();
        if (batch.count === 0) append();
        next++;
        if (ticket !== undefined) publisher.hold(ticket);
      }
    },
    values: () => log.points(SUBJECT).map(([, , value]) => value),
  };
}

function upTo(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i);
}

describe('ShardPublisher', () => {
  it('publishes what has gathered when it is told to', async () => {
    const { publisher, log, append, counters, window } = start();
    append(3);
    await settled();
    expect(log.attempts).to.have.length(0);
    expect(publisher.pendingPoints).to.equal(3);
    publisher.flush();
    expect(window.bytes).to.be.at.least(log.attempts[0].bytes.length);
    await settled();
    expect(log.points(SUBJECT)).to.deep.equal(upTo(3).map((value) => ['a.b', 1000, value]));
    expect(log.attempts[0].id).to.equal('relay1:99:7:0');
    expect([publisher.pendingPoints, window.bytes]).to.deep.equal([0, 0]);
    expect(counters).to.include({ batchesStored: 1, pointsStored: 3, publishRetries: 0 });
  });

  it('publishes nothing when nothing has gathered', async () => {
    const { publisher, log } = start();
    publisher.flush();
    publisher.seal();
    await publisher.drained();
    expect(log.attempts).to.have.length(0);
  });

  it('closes a batch before it gets larger than its bound', async () => {
    const { publisher, log, append } = start(200);
    append(50);
    expect(log.attempts).to.have.length(1);
    await publisher.drained();
    expect(log.stored.length).to.be.greaterThan(4);
    for (const { bytes } of log.stored) expect(bytes.length).to.be.at.most(200 + 40);
    const ids = log.stored.map((one) => one.id);
    expect(new Set(ids).size).to.equal(ids.length);
  });

  it('counts the memory that batches take on their way, however well they fold', async () => {
    const { publisher, log, append, window } = start(100_000);
    log.verdict = () => 'hold';
    for (const points of [1, 100, 20_000]) {
      append(points);
      publisher.seal();
      const rooms = publisher.waiting.map(({ bytes }) => bytes.buffer.byteLength);
      expect(window.bytes).to.equal(rooms.reduce((sum, bytes) => sum + bytes, 0));
      const folded = publisher.waiting.reduce((sum, { bytes }) => sum + bytes.length, 0);
      expect(window.bytes).to.be.within(folded, 2 * folded + 4_096 * rooms.length);
    }
  });

  it('gathers while a batch is on its way, and has one on its way at most', async () => {
    const { publisher, log, append, values } = start();
    log.verdict = () => 'hold';
    append(1);
    publisher.flush();
    for (let i = 0; i < 5; i++) {
      append(2);
      publisher.flush();
    }
    await settled();
    expect(log.attempts).to.have.length(1);
    expect(publisher.pendingPoints).to.equal(11);
    log.release();
    await settled();
    publisher.flush();
    await settled();
    expect(log.attempts).to.have.length(2);
    log.release();
    await settled();
    expect(values()).to.deep.equal(upTo(11));
    expect(log.inFlightMost.get(SUBJECT)).to.equal(1);
  });

  it('keeps the order of batches, though each has to be published again', async () => {
    const { publisher, log, clock, append, values } = start(200);
    let publishes = 0;
    log.verdict = () => (['unknown', 'lostAck', 'stored'] as const)[publishes++ % 3];
    append(60);
    const drained = watch(publisher.drained());
    await pass(clock, 60_000, 100);
    expect(drained.state).to.equal('resolved');
    expect(values()).to.deep.equal(upTo(60));
    expect(log.inFlightMost.get(SUBJECT)).to.equal(1);
  });

  it('publishes a batch whose acknowledgement was lost again under the same id', async () => {
    const { publisher, log, clock, append, counters, window } = start();
    log.verdict = () => (log.attempts.length < 4 ? 'lostAck' : 'stored');
    append(2);
    publisher.flush();
    await pass(clock, 2000);
    expect(log.attempts.map((one) => one.id)).to.deep.equal(Array(4).fill('relay1:99:7:0'));
    expect(
      new Set(log.attempts.map(({ bytes }) => Buffer.from(bytes).toString('latin1'))).size,
    ).to.equal(1);
    expect(log.stored).to.have.length(1);
    expect(counters).to.include({ publishRetries: 3, batchesStored: 1, pointsStored: 2 });
    expect(window.bytes).to.equal(0);
  });

  it('waits longer after each failure, up to two seconds', async () => {
    const { publisher, log, clock, append } = start();
    const atMs: number[] = [];
    log.verdict = () => {
      atMs.push(clock.monotonicMs());
      return 'unknown';
    };
    append();
    publisher.flush();
    await pass(clock, 9000, 100);
    const pauses = atMs.slice(1).map((ms, i) => ms - atMs[i]);
    expect(pauses.slice(0, 7)).to.deep.equal([100, 200, 400, 800, 1600, 2000, 2000]);
  });

  it('holds on to a batch while the log is full, and says so', async () => {
    const { publisher, log, clock, logger, append, counters, window, values } = start();
    log.verdict = () => 'full';
    append(2);
    publisher.flush();
    await pass(clock, 10_000, 100);
    expect(counters.logFull).to.be.within(9, 12);
    expect(logger.texts('error')).to.include('the shard log is full');
    expect([counters.batchesStored, window.bytes > 0]).to.deep.equal([0, true]);
    log.verdict = () => 'stored';
    await pass(clock, 1000);
    expect(values()).to.deep.equal([0, 1]);
    expect(window.bytes).to.equal(0);
  });

  it('is drained when all that it took is in the log, and not before', async () => {
    const { publisher, log, append, values } = start(200);
    log.verdict = () => 'hold';
    append(20);
    const drained = watch(publisher.drained());
    while (log.held > 0) {
      expect(drained.state).to.equal('pending');
      log.release();
      await settled();
    }
    expect(drained.state).to.equal('resolved');
    expect(values()).to.deep.equal(upTo(20));
  });

  it('leaves no batch behind, whenever it is closed', async () => {
    for (let turns = 0; turns < 30; turns++) {
      const { publisher, log, append, values } = start();
      log.verdict = () => (log.attempts.length === 1 ? 'hold' : 'stored');
      append();
      publisher.flush();
      await settled();
      log.release();
      for (let turn = 0; turn < turns; turn++) await Promise.resolve();
      append();
      publisher.seal();
      await publisher.drained();
      expect(values(), `closed ${turns} turns after the acknowledgement`).to.deep.equal([0, 1]);
    }
  });

  it('releases a ticket when all batches with its points are stored', async () => {
    const { publisher, log, append } = start(200);
    log.verdict = () => 'hold';
    let done = 0;
    const ticket = new Ticket(() => done++);
    append(20, ticket);
    ticket.release();
    publisher.seal();
    while (log.held > 0) {
      expect(done).to.equal(0);
      log.release();
      await settled();
    }
    expect(done).to.equal(1);
    expect(publisher.pendingPoints).to.equal(0);
  });
});
