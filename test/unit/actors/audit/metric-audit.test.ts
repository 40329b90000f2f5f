import { expect } from 'chai';
import { metricVerdict } from '../../../../src/actors/audit/metric-audit.js';
import { newestInLog } from '../../../../src/actors/audit/newest-in-log.js';
import type { LocateReply, Location } from '../../../../src/protocols/messages.js';
import { replicaAccounts } from '../../../support/fake-accounts.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';
import { batchOf } from '../../../support/fake-points.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

function at(place: Location['place'], newest?: [timestamp: number, value: number]): Location {
  const [newestTimestamp, newestValue] = newest ?? [null, null];
  return { place, points: newest ? 1 : 0, newestTimestamp, newestValue };
}

function replica(applied: number, ...locations: Location[]): LocateReply {
  return { replica: { ...replicaAccounts().report, applied }, stepS: 10, locations };
}

function verdict(answers: Record<string, LocateReply | { error: string }>, newestIn = 7) {
  const whereabouts = Object.entries(answers).map(([process, answer]) => ({ process, answer }));
  const newest = { sequence: newestIn, timestamp: 103, value: 5 };
  return metricVerdict({ name: 'a.b', logEnd: 9, inLog: { messages: 9, newest }, whereabouts });
}

const EMPTY = { locations: [at('relay')] };

describe('the audit of a metric', () => {
  it('finds replicas equal, whether the newest point is in the queue or in the file', () => {
    const one = replica(9, at('queue', [103, 5]), at('file', [90, 4]));
    const two = replica(9, at('queue'), at('file', [100, 5]));
    expect(verdict({ relay1: EMPTY, node1: one, node2: two })).to.deep.equal({
      outcome: 'equal',
      verdict: 'all 2 replicas have its newest point, 5 at 100',
    });
  });

  it('names the replica that lacks what another one has', () => {
    const one = replica(9, at('queue'), at('file', [100, 5]));
    const two = replica(9, at('queue'), at('file', [90, 4]));
    expect(verdict({ node1: one, node2: two })).to.deep.equal({
      outcome: 'differ',
      verdict: 'replicas differ: node1 has 5 at 100, node2 has 4 at 90',
    });
    const none = replica(9, at('queue'), at('file'));
    expect(verdict({ node1: none, node2: one }).verdict).to.contain('node1 has none');
  });

  it('says that points wait in a relay, or in a log that a replica has not read', () => {
    const one = replica(9, at('file', [100, 5]));
    const waiting = { locations: [{ ...at('relay', [113, 6]), points: 3 }] };
    const relay = verdict({ relay1: waiting, node1: one });
    expect([relay.outcome, relay.verdict]).to.deep.equal([
      'holds',
      '3 points of a.b wait in relay1: its log has not acknowledged them',
    ]);
    const behind = verdict({ node1: one, node2: replica(4, at('file', [90, 4])) });
    expect(behind.outcome).to.equal('holds');
    expect(behind.verdict).to.contain('than node2, which is 5 messages behind');
  });

  it('says who does not answer, and that nobody has a point', () => {
    const one = replica(9, at('file', [100, 5]));
    expect(verdict({ node1: one, node2: { error: 'no answer' } }).verdict).to.contain('node2');
    expect(verdict({ node1: replica(9, at('file')) }).outcome).to.equal('equal');
  });

  it('looks for the newest point in the end of the log', async () => {
    const log = new FakeLogReader();
    const clock = new SimulatedClock();
    log.append(
      batchOf([
        ['a.b', 100, 1],
        ['a.c', 100, 2],
      ]),
    );
    log.append(batchOf([['a.b', 110, 3]]));
    log.append(batchOf([['a.b.c', 120, 4]]));
    expect(await newestInLog(log, 'SHARD_0', 'a.b', clock)).to.deep.equal({
      messages: 3,
      newest: { sequence: 2, timestamp: 110, value: 3 },
    });
    expect((await newestInLog(log, 'SHARD_0', 'x', clock)).newest).to.equal(null);
    expect(await newestInLog(new FakeLogReader(), 'SHARD_0', 'x', clock)).to.include({
      messages: 0,
    });
  });
});
