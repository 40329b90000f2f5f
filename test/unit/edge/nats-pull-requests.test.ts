import { expect } from 'chai';
import fc from 'fast-check';
import { PullRequests } from '../../../src/edge/nats-pull-requests.js';

/** The requests of a consumer as nats-server has them: each message counts for the one that has waited longest. */
class Server {
  readonly requests: { inbox: string; left: number }[] = [];

  get left(): number {
    return this.requests.reduce((sum, { left }) => sum + left, 0);
  }

  deliver(): boolean {
    const request = this.requests.shift();
    if (request === undefined) return false;
    if (--request.left > 0) this.requests.push(request);
    return true;
  }
}

const ops = fc.array(
  fc.oneof(
    fc.record({ type: fc.constant('ask' as const), n: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ type: fc.constant('deliver' as const), n: fc.integer({ min: 1, max: 9 }) }),
    fc.record({ type: fc.constant('end' as const), n: fc.nat({ max: 1 }) }),
  ),
  { maxLength: 60 },
);

describe('what a consumer was asked for', () => {
  it('is as much as the server has left to deliver, whichever requests end early', () => {
    fc.assert(
      fc.property(ops, (steps) => {
        const server = new Server();
        const requests = new PullRequests();
        for (const [at, { type, n }] of steps.entries()) {
          if (type === 'ask' && requests.count < 2) {
            server.requests.push({ inbox: String(at), left: n });
            requests.asked(String(at), n, at);
          }
          for (let i = 0; type === 'deliver' && i < n; i++)
            if (server.deliver()) requests.delivered();
          const [ended] = type === 'end' ? server.requests.splice(n, 1) : [];
          if (ended !== undefined) requests.ended(ended.inbox, ended.left);
          expect(requests.messagesLeft).to.equal(server.left);
          expect(requests.count === 0).to.equal(server.requests.length === 0);
        }
      }),
    );
  });

  it('is owed by a request that seemed to be over, when another one ends with less than it seemed to have', () => {
    const requests = new PullRequests();
    requests.asked('a', 2, 0);
    requests.asked('b', 2, 0);
    for (let i = 0; i < 2; i++) requests.delivered();
    requests.ended('b', 1);
    expect(requests.messagesLeft).to.equal(1);
    requests.ended('a', 1);
    expect(requests.messagesLeft).to.equal(0);
    expect(requests.count).to.equal(0);
  });

  it('is over with a request of which the server does not say how much it had left', () => {
    const requests = new PullRequests();
    requests.asked('a', 5, 0);
    requests.asked('b', 7, 0);
    requests.ended('a', undefined);
    expect(requests.messagesLeft).to.equal(7);
  });

  it('is forgotten once it was asked for too long ago', () => {
    const requests = new PullRequests();
    requests.asked('a', 5, 0);
    requests.asked('b', 7, 100);
    requests.forgetBefore(100);
    expect(requests.messagesLeft).to.equal(7);
  });
});
