import { expect } from 'chai';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import {
  type PeerInput,
  StreamReceiver,
  type StreamReceiverOptions,
} from '../../../../src/actors/receiver/stream-receiver.js';
import { Window } from '../../../../src/actors/relay/window.js';
import { FramedPoints } from '../../../../src/protocols/framed-points.js';
import { LineStream } from '../../../../src/protocols/line.js';
import { PickleWriter } from '../../../../src/protocols/pickle-encoder.js';
import { PicklePoints } from '../../../../src/protocols/pickle-points.js';
import type { StreamDecoder } from '../../../../src/protocols/stream-decoder.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { type NamedPoint, pointsOf } from '../../../support/fake-points.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const GATHER_MS = 100;
const LARGE_BYTES = 8 * 1024;

/** A sender; it writes down what the receiver does with its connection. */
class FakePeer {
  readonly address = 'test';
  readonly port = 1;
  reading = true;
  closed = false;
  changes: string[] = [];

  pause(): void {
    this.reading = false;
    this.changes.push('pause');
  }

  resume(): void {
    this.reading = true;
    this.changes.push('resume');
  }

  close(): void {
    this.closed = true;
  }
}

interface Sender {
  peer: FakePeer;
  input: PeerInput;
  say: (text: string) => void;
}

function start(options: Partial<StreamReceiverOptions> = {}) {
  const clock = new SimulatedClock();
  const logger = new FakeLogger();
  const rejections = new RejectionLog(logger, clock);
  const window = new Window(1000);
  const points: NamedPoint[] = [];
  const receiver = new StreamReceiver({
    accept: (block) => points.push(...pointsOf(block)),
    window,
    rejections,
    clock,
    log: logger,
    connectionsMax: 10,
    idleTimeoutMs: 0,
    flushIntervalMs: 100,
    flowControl: true,
    ...options,
  });
  const connect = (decoder: StreamDecoder = new LineStream()): Sender => {
    const peer = new FakePeer();
    const input = receiver.connected(peer, decoder);
    if (input === undefined) throw new Error('refused');
    return { peer, input, say: (text) => input.data(Buffer.from(text)) };
  };
  return { clock, logger, rejections: rejections.counts, window, points, receiver, connect };
}

function frameOf(points: NamedPoint[]): Uint8Array {
  const writer = new PickleWriter().list().mark();
  for (const [name, timestamp, value] of points)
    writer.text(name).float(timestamp).float(value).pair().pair();
  return writer.appends().finish();
}

/** Lines of at least so many bytes. */
function lines(bytes: number): string {
  return 'servers.web1.cpu 1 1000\n'.repeat(Math.ceil(bytes / 24));
}

describe('StreamReceiver', () => {
  it('hands over what the lines of all senders say', () => {
    const { connect, points, receiver } = start();
    const [a, b] = [connect(), connect()];
    a.say('a.b 1 1000\nc.');
    b.say('e.f 3 1002\n');
    a.say('d 2 1001\n');
    expect(points).to.deep.equal([
      ['a.b', 1000, 1],
      ['e.f', 1002, 3],
      ['c.d', 1001, 2],
    ]);
    expect(receiver.counters.connections).to.equal(2);
  });

  it('lets small reads gather in the kernel until the tick', () => {
    const { connect, clock } = start();
    const { peer, say } = connect();
    say('a.b 1 1000\n');
    expect(peer.changes).to.deep.equal(['pause']);
    clock.advance(GATHER_MS - 1);
    expect(peer.reading).to.equal(false);
    clock.advance(1);
    expect(peer.changes).to.deep.equal(['pause', 'resume']);
    say('a.b 1 1001\n');
    clock.advance(GATHER_MS);
    expect(peer.changes).to.deep.equal(['pause', 'resume', 'pause', 'resume']);
  });

  it('reads on at once after a large read', () => {
    const { connect, clock } = start();
    const { peer, say } = connect();
    for (let i = 0; i < 3; i++) say(lines(LARGE_BYTES));
    clock.advance(GATHER_MS);
    expect(peer.changes).to.deep.equal([]);
  });

  it('lets them wait for no more than the flush interval', () => {
    const { connect, clock } = start({ flushIntervalMs: 10 });
    const { peer, say } = connect();
    say('a.b 1 1000\n');
    clock.advance(9);
    expect(peer.reading).to.equal(false);
    clock.advance(1);
    expect(peer.reading).to.equal(true);
  });

  it('resumes all gathering senders with one tick', () => {
    const { connect, clock } = start();
    const [a, b] = [connect(), connect()];
    a.say('a.b 1 1000\n');
    clock.advance(GATHER_MS / 2);
    b.say('a.b 1 1000\n');
    clock.advance(GATHER_MS / 2);
    expect([a.peer.reading, b.peer.reading]).to.deep.equal([true, true]);
  });

  it('stops reading while the window is full and goes on when it has room', () => {
    const { connect, window } = start();
    const [a, b] = [connect(), connect()];
    window.add(1000);
    expect([a.peer.reading, b.peer.reading]).to.deep.equal([false, false]);
    window.release(499);
    expect(a.peer.reading).to.equal(false);
    window.release(1);
    expect([a.peer.reading, b.peer.reading]).to.deep.equal([true, true]);
  });

  it('stops reading from the sender that fills the window', () => {
    const window = new Window(1000);
    const { clock, connect } = start({ window, accept: () => window.add(600) });
    const { peer, say } = connect();
    say(lines(LARGE_BYTES));
    expect(peer.reading).to.equal(true);
    say(lines(LARGE_BYTES));
    expect(peer.changes).to.deep.equal(['pause']);
    clock.advance(1000);
    expect(peer.reading).to.equal(false);
    window.release(1200);
    expect(peer.changes).to.deep.equal(['pause', 'resume']);
  });

  it('does not resume a gathering sender while the window is full', () => {
    const { connect, window, clock } = start();
    const { peer, say } = connect();
    say('a.b 1 1000\n');
    window.add(1000);
    clock.advance(GATHER_MS);
    expect(peer.reading).to.equal(false);
    window.release(1000);
    expect(peer.changes).to.deep.equal(['pause', 'resume']);
  });

  it('leaves a gathering sender gathering when the window was full in between', () => {
    const { connect, window, clock } = start();
    const { peer, say } = connect();
    say('a.b 1 1000\n');
    window.add(1000);
    window.release(1000);
    expect(peer.reading).to.equal(false);
    clock.advance(GATHER_MS);
    expect(peer.changes).to.deep.equal(['pause', 'resume']);
  });

  it('takes what was on its way when a sender was paused', () => {
    const { connect, window, points } = start();
    const { peer, say } = connect();
    window.add(1000);
    say('a.b 1 1000\n');
    expect(points).to.have.length(1);
    expect(peer.reading).to.equal(false);
    window.release(1000);
    expect(peer.reading).to.equal(true);
  });

  it('does not read from a sender that connects while the window is full', () => {
    const { connect, window } = start();
    window.add(1000);
    const { peer } = connect();
    expect(peer.reading).to.equal(false);
    window.release(1000);
    expect(peer.reading).to.equal(true);
  });

  it('refuses more senders than it may have, until one has gone', () => {
    const { connect, receiver } = start({ connectionsMax: 2 });
    const first = connect();
    connect();
    const third = new FakePeer();
    expect(receiver.connected(third, new LineStream())).to.equal(undefined);
    expect(third.closed).to.equal(true);
    expect(receiver.counters).to.include({ connections: 2, connectionsRefused: 1 });
    first.input.end();
    expect(receiver.counters.connections).to.equal(1);
    connect();
    expect(receiver.counters).to.include({ connections: 2, connectionsRefused: 1 });
  });

  it('counts half a line that a sender leaves behind, once', () => {
    const { connect, rejections, points, receiver } = start();
    const { input, say } = connect();
    say('a.b 1 1000\nc.d 2 10');
    input.end();
    input.end();
    expect(points).to.have.length(1);
    expect(rejections.count('malformed-line')).to.equal(1);
    expect(receiver.counters.connections).to.equal(0);
  });

  it('counts nothing when a sender ends with a whole line', () => {
    const { connect, rejections } = start();
    const { input, say } = connect();
    say('a.b 1 1000\n');
    input.end();
    expect(rejections.total).to.equal(0);
  });

  it('skips a malformed line and keeps the connection', () => {
    const { connect, rejections, points } = start();
    const { peer, say } = connect();
    say('nonsense\na.b 1 1000\n');
    expect([peer.closed, points.length, rejections.count('malformed-line')]).to.deep.equal([
      ...[false, 1, 1],
    ]);
  });

  it('closes only the connection whose bytes are no text', () => {
    const { connect, rejections, points, receiver, clock } = start();
    const [bad, good] = [connect(), connect()];
    bad.input.data(Buffer.concat([Buffer.from('a.b 1 1000\n'), Buffer.of(0xff, 10)]));
    expect([bad.peer.closed, good.peer.closed]).to.deep.equal([true, false]);
    bad.say('c.d 1 1000\n');
    bad.input.end();
    good.say('e.f 1 1000\n');
    expect(points.map(([name]) => name)).to.deep.equal(['a.b', 'e.f']);
    expect(rejections.count('invalid-utf8')).to.equal(1);
    expect(rejections.total).to.equal(1);
    expect(receiver.counters.connections).to.equal(1);
    clock.advance(GATHER_MS);
    expect(bad.peer.changes).to.deep.equal([]);
    expect(good.peer.reading).to.equal(true);
  });

  it('does not touch a sender that is gone when the window or the tick comes', () => {
    const { connect, window, clock } = start();
    const { peer, input, say } = connect();
    say('a.b 1 1000\n');
    input.end();
    window.add(1000);
    window.release(1000);
    clock.advance(GATHER_MS);
    expect(peer.changes).to.deep.equal(['pause']);
  });

  it('takes frames of another protocol beside the lines', () => {
    const { connect, points, rejections } = start();
    const lineSender = connect();
    const pickler = connect(new FramedPoints(new PicklePoints()));
    const frame = frameOf([['c.d', 1001, 2]]);
    pickler.input.data(frame.subarray(0, 7));
    lineSender.say('a.b 1 1000\n');
    pickler.input.data(frame.subarray(7));
    pickler.input.data(frame.subarray(0, 7));
    pickler.input.end();
    expect(points).to.deep.equal([
      ['a.b', 1000, 1],
      ['c.d', 1001, 2],
    ]);
    expect(rejections.count('incomplete-frame')).to.equal(1);
  });

  it('closes who is silent for longer than the idle timeout, but not whom it made wait', () => {
    const { connect, clock, receiver, window } = start({ idleTimeoutMs: 1_000 });
    const [silent, busy] = [connect(), connect()];
    for (let i = 0; i < 6; i++) {
      clock.advance(250);
      busy.say('a.b 1 1000\n');
    }
    expect([silent.peer.closed, busy.peer.closed]).to.deep.equal([true, false]);
    expect(receiver.counters).to.include({ connections: 1, connectionsIdleClosed: 1 });
    window.add(1000);
    clock.advance(60_000);
    expect(busy.peer.closed).to.equal(false);
    window.release(1000);
    for (let i = 0; i < 5; i++) clock.advance(250);
    expect(busy.peer.closed).to.equal(true);
  });

  it('without flow control drops and counts the points that come while the window is full', () => {
    const { connect, window, points, receiver } = start({ flowControl: false });
    const { peer, say } = connect();
    window.add(1000);
    say('a.b 1 1000\nc.d 2 1000\ne.');
    expect(peer.closed).to.equal(false);
    window.release(1000);
    say('f 3 1000\n');
    expect(points).to.deep.equal([['e.f', 1000, 3]]);
    expect(receiver.counters.pointsDroppedWindowFull).to.equal(2);
  });

  it('bounds what all senders together leave incomplete', () => {
    const { connect, rejections } = start({ connectionsMax: 1_000 });
    const begin = Buffer.alloc(1 << 20);
    begin.writeUInt32BE(1 << 20);
    const senders = Array.from({ length: 66 }, () => connect(new FramedPoints(new PicklePoints())));
    for (const { input } of senders) input.data(begin);
    expect(senders.filter(({ peer }) => peer.closed)).to.have.length(2);
    expect(rejections.count('too-much-unfinished')).to.equal(2);
    for (const { input } of senders) input.end();
    const late = connect(new FramedPoints(new PicklePoints()));
    late.input.data(begin);
    expect(late.peer.closed).to.equal(false);
  });

  it('closes who sends what cannot be unpacked', () => {
    const { connect, rejections } = start();
    const { peer, input } = connect();
    input.garbled(Buffer.of(0x1f, 0x8b, 1));
    expect([peer.closed, rejections.count('malformed-gzip')]).to.deep.equal([true, 1]);
  });

  it('logs a sample of each kind of rejection once a minute', () => {
    const { connect, logger, clock, rejections } = start();
    const { say } = connect();
    for (let i = 0; i < 5; i++) say(`nonsense ${i}\n`);
    say('a.b nan 1000\n');
    const warned = () => logger.lines.filter((line) => line.level === 'warn');
    expect(warned()).to.have.length(2);
    expect(warned()[0].fields).to.include({
      reason: 'malformed-line',
      sample: 'nonsense 0',
      peer: 'test:1',
    });
    clock.advance(60_000);
    say('nonsense 5\n');
    expect(warned()).to.have.length(3);
    expect(warned()[2].fields).to.include({ count: 6 });
    expect(rejections.total).to.equal(7);
  });
});
