import { expect } from 'chai';
import type { LogWriter, PublishOutcome } from '../../../../src/actors/ports/log.js';
import { ConnectedLogWriter } from '../../../../src/actors/relay/connected-log-writer.js';
import { LogConnection } from '../../../../src/actors/relay/log-connection.js';
import { settled } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

const LOST: PublishOutcome = { type: 'unknown', reason: 'no connection to nats-server' };

function start() {
  const clock = new SimulatedClock();
  const connection = new LogConnection();
  const answers: ((outcome: PublishOutcome) => void)[] = [];
  const inner: LogWriter = {
    publish: () => new Promise((resolve) => answers.push(resolve)),
  };
  const writer = new ConnectedLogWriter(inner, connection, clock);
  const publish = () => {
    const got: { outcome?: PublishOutcome } = {};
    void writer.publish('shard.0.batch', new Uint8Array(1), 'id').then((outcome) => {
      got.outcome = outcome;
    });
    return got;
  };
  return { clock, connection, answers, publish };
}

describe('publishing over a connection', () => {
  it('is what the log says of it while there is one', async () => {
    const { answers, publish, connection } = start();
    const got = publish();
    answers[0]({ type: 'stored', sequence: 7 });
    await settled();
    expect(got.outcome).to.deep.equal({ type: 'stored', sequence: 7 });
    connection.tell({ type: 'lost' });
    expect(connection.losses).to.equal(1);
  });

  it('is given up at once when the connection is lost, and not before it is back tried again', async () => {
    const { answers, connection, publish } = start();
    const first = publish();
    connection.tell({ type: 'lost' });
    await settled();
    expect(first.outcome).to.deep.equal(LOST);
    const again = publish();
    await settled();
    expect(answers).to.have.length(1);
    connection.tell({ type: 'back' });
    await settled();
    expect(answers).to.have.length(2);
    // What the server said to the first try comes too late to count.
    answers[0]({ type: 'stored', sequence: 1 });
    answers[1]({ type: 'stored', sequence: 1 });
    await settled();
    expect(again.outcome).to.deep.equal({ type: 'stored', sequence: 1 });
    expect(first.outcome).to.deep.equal(LOST);
  });

  it('says so where the connection stays away', async () => {
    const { clock, answers, connection, publish } = start();
    connection.tell({ type: 'lost' });
    const got = publish();
    clock.advance(2_999);
    await settled();
    expect(got.outcome).to.equal(undefined);
    clock.advance(1);
    await settled();
    expect(got.outcome).to.deep.equal(LOST);
    connection.tell({ type: 'closed' });
    expect(answers).to.have.length(0);
  });
});
