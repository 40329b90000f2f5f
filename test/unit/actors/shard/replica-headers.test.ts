import { expect } from 'chai';
import type { InfoMessage } from '../../../../src/protocols/messages.js';
import { ALL_WRITTEN_MS, type FakeReplica, opened } from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';

function info(replica: FakeReplica, ...names: string[]): Promise<InfoMessage[]> {
  return replica.runner.ask((reply, fail) => ({ type: 'info', names, reply, fail }));
}

function setMethod(replica: FakeReplica, name: string, method: string): Promise<string | null> {
  return replica.runner.ask((reply, fail) => ({
    type: 'setAggregationMethod',
    name,
    method,
    reply,
    fail,
  }));
}

/** A replica with a file of `a.b`. */
async function written(): Promise<FakeReplica> {
  const replica = await opened();
  replica.append(['a.b', replica.nowS, 1]);
  await replica.pass(ALL_WRITTEN_MS);
  await settled();
  return replica;
}

describe('headers of a replica', () => {
  it('are told for the metrics that have a file', async () => {
    const replica = await written();
    const { archives, xFilesFactor, method } = replica.rule;
    expect(await info(replica, 'a.b', 'no.such')).to.deep.equal([
      {
        name: 'a.b',
        aggregationMethod: method,
        maxRetention: Math.max(...archives.map((one) => one.secondsPerPoint * one.points)),
        xFilesFactor: Math.fround(xFilesFactor),
        archives: archives.map(({ secondsPerPoint, points }) => ({ secondsPerPoint, points })),
      },
    ]);
  });

  it('take another aggregation method, and points are written on', async () => {
    const replica = await written();
    expect(await setMethod(replica, 'a.b', 'max')).to.equal(replica.rule.method);
    expect((await info(replica, 'a.b'))[0].aggregationMethod).to.equal('max');
    replica.append(['a.b', replica.nowS, 2]);
    await replica.pass(ALL_WRITTEN_MS);
    expect((await replica.fetch('a.b')).map(([, value]) => value)).to.include(2);
    expect((await info(replica, 'a.b'))[0].aggregationMethod).to.equal('max');
  });

  it('are not made: a metric without a file has none', async () => {
    const replica = await written();
    expect(await setMethod(replica, 'no.such', 'max')).to.equal(null);
    expect(await info(replica, 'no.such')).to.deep.equal([]);
  });

  it('refuse a method that nobody knows', async () => {
    const replica = await written();
    const refusal = await setMethod(replica, 'a.b', 'mean').catch((error) => error);
    expect(refusal).to.include({ code: 'INVALID_METHOD' });
    expect((await info(replica, 'a.b'))[0].aggregationMethod).to.equal(replica.rule.method);
  });
});
