import { expect } from 'chai';
import { DatagramReceiver } from '../../../../src/actors/receiver/datagram-receiver.js';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import { Window } from '../../../../src/actors/relay/window.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { type NamedPoint, pointsOf } from '../../../support/fake-points.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const SENDER = { address: '10.0.0.1', port: 4000 };

function start() {
  const clock = new SimulatedClock();
  const rejections = new RejectionLog(new FakeLogger(), clock);
  const window = new Window(1000);
  const points: NamedPoint[] = [];
  const accept = (block: Parameters<typeof pointsOf>[0]) => points.push(...pointsOf(block));
  const receiver = new DatagramReceiver({ accept, window, rejections, clock });
  const say = (text: string): void => receiver.datagram(Buffer.from(text), SENDER);
  return { window, rejections, points, receiver, say };
}

describe('DatagramReceiver', () => {
  it('takes datagrams, whole lines each', () => {
    const { say, points } = start();
    say('a.b 1 1000\nc.d 2 1000');
    say('e.f 3 1000\n');
    expect(points.map(([name]) => name)).to.deep.equal(['a.b', 'c.d', 'e.f']);
  });

  it('drops and counts datagrams while the window is full', () => {
    const { say, receiver, points, window } = start();
    window.add(1000);
    for (let i = 0; i < 3; i++) say('a.b 1 1000\n');
    expect([points.length, receiver.counters.udpDroppedWindowFull]).to.deep.equal([0, 3]);
    window.release(1000);
    say('a.b 1 1000\n');
    expect([points.length, receiver.counters.udpDroppedWindowFull]).to.deep.equal([1, 3]);
  });

  it('says who sent what was refused', () => {
    const { say, rejections } = start();
    say('nonsense\n');
    expect(rejections.recent()[0]).to.include({ peer: '10.0.0.1:4000', text: 'nonsense' });
    expect(rejections.sender).to.equal(undefined);
  });
});
