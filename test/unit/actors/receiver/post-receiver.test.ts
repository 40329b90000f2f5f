import { expect } from 'chai';
import { PostReceiver } from '../../../../src/actors/receiver/post-receiver.js';
import { RejectionLog } from '../../../../src/actors/receiver/rejection-log.js';
import type { Ticket } from '../../../../src/actors/relay/ticket.js';
import { Window } from '../../../../src/actors/relay/window.js';
import type { PointBlock } from '../../../../src/protocols/points.js';
import { FakeLogger } from '../../../support/fake-logger.js';
import { settled, watch } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const SENDER = { address: '10.0.0.1', port: 4000 };

/** A relay that refuses points of the name `refused`, and holds the others until the logs have them. */
function start() {
  const clock = new SimulatedClock();
  const rejections = new RejectionLog(new FakeLogger(), clock);
  const held: Ticket[] = [];
  const window = new Window(1_000);
  const relay = {
    window,
    accept(block: PointBlock, ticket: Ticket): void {
      for (let i = 0; i < block.count; i++) {
        if (block.name(i) === 'refused')
          rejections.reject('name-too-long', block.bytes, block.nameStart[i], block.nameEnd[i]);
        else {
          ticket.hold();
          held.push(ticket);
        }
      }
    },
  };
  const receiver = new PostReceiver({ relay, rejections, clock });
  const post = (text: string) => watch(receiver.post(Buffer.from(text), 'lines', SENDER));
  return { clock, held, window, receiver, rejections, post };
}

describe('PostReceiver', () => {
  it('answers when the logs have every point, with what was refused by whom it may concern', async () => {
    const { post, held, rejections } = start();
    const answer = post('a 1 1\nnonsense\nrefused 1 1\nb 2 2\n');
    held[0].release();
    await settled();
    expect(answer.state).to.equal('pending');
    held[1].release();
    await settled();
    expect(answer.value).to.deep.equal({
      accepted: 2,
      rejected: 2,
      reasons: { 'malformed-line': 1, 'name-too-long': 1 },
    });
    expect(rejections.recent().map(({ peer }) => peer)).to.deep.equal([
      '10.0.0.1:4000',
      '10.0.0.1:4000',
    ]);
    expect(rejections.sender).to.equal(undefined);
  });

  it('counts for each request what was refused of it alone', async () => {
    const { post } = start();
    const [bad, good] = [post('nonsense\n'), post('')];
    await settled();
    expect(bad.value).to.include({ accepted: 0, rejected: 1 });
    expect(good.value).to.include({ accepted: 0, rejected: 0 });
  });

  it('takes nothing while the window is full', async () => {
    const { post, held, window, receiver } = start();
    window.add(1_000);
    const answer = post('a 1 1\n');
    await settled();
    expect([answer.value, held.length]).to.deep.equal(['full', 0]);
    expect(receiver.counters).to.include({ postsTaken: 0, postsRefusedWindowFull: 1 });
  });

  it('says so when no log answers in time, and bears an answer that comes later', async () => {
    const { post, held, clock, receiver } = start();
    const answer = post('a 1 1\n');
    clock.advance(30_000);
    await settled();
    expect(answer.value).to.equal('late');
    held[0].release();
    await settled();
    expect([answer.value, receiver.counters.postsLate]).to.deep.equal(['late', 1]);
  });
});
