import { expect } from 'chai';
import { Auditor, auditView } from '../../../../src/actors/audit/auditor.js';
import type { Gathered } from '../../../../src/actors/audit/gathered.js';
import { NodeClient } from '../../../../src/actors/query/node-client.js';
import type { ReplicaAccounts } from '../../../../src/protocols/audit-messages.js';
import type { Gap } from '../../../../src/protocols/repair-messages.js';
import {
  gathered,
  MESSAGES,
  member,
  NOW_MS,
  node,
  nodeAccounts,
  POINTS,
  relay,
  relayAccounts,
  replicaAccounts,
  tallyTo,
} from '../../../support/fake-accounts.js';
import { FakeCluster } from '../../../support/fake-cluster.js';
import { FakeLogReader } from '../../../support/fake-log-reader.js';

function audited(some: Partial<Gathered> = {}) {
  const view = auditView('dc1', gathered(some));
  return { ...view, says: [view.outcome, view.stage, view.verdict] };
}

/** One shard of a relay, in whose window points wait. */
function waiting(oldestMs: number, refusal: { isFull: boolean; reason: string } | null) {
  const [shard] = relayAccounts().shards;
  return [{ ...shard, stored: POINTS - 120, pending: 120, oldestMs, refusal }];
}

describe('an audit', () => {
  it('balances when every stage has given on what it got', () => {
    const { says, rows, findings } = audited();
    expect(findings).to.deep.equal([]);
    expect(says.slice(0, 2)).to.deep.equal(['balanced', null]);
    expect(says[2]).to.contain('6,400 points into the logs');
    for (const row of rows) expect(row.lost, `${row.stage} ${row.at}`).to.equal(0);
    expect(rows.map(({ stage }) => stage)).to.deep.equal([
      ...['receiver', 'ingest', 'relay', 'relay', 'log'],
      ...['replica', 'writer', 'file', 'replica', 'writer', 'file'],
    ]);
  });

  it('does not mind what is on its way', () => {
    const held = { applied: POINTS, written: POINTS - 500, queued: 500, oldestMs: 14_000 };
    const relays = [relay(relayAccounts({ shards: waiting(1_900, null) }))];
    const { says, rows } = audited({ relays, nodes: [node('node1', nodeAccounts(held))] });
    expect(says[0]).to.equal('balanced');
    const sum = rows.filter(({ stage }) => stage === 'relay').map((row) => row.held);
    expect(sum).to.deep.equal([120, 120]);
  });

  it('names a relay that waits for its log, and how long', () => {
    const shards = waiting(8_000, { isFull: false, reason: 'TIMEOUT' });
    const { says } = audited({ relays: [relay(relayAccounts({ shards }))] });
    expect(says).to.deep.equal([
      'holds',
      'relay',
      'relay1 holds 120 points of shard 0: no acknowledgement from the log of shard 0 for 8 s (TIMEOUT)',
    ]);
  });

  it('names the receiver when the window is full, and its log when that is full', () => {
    const paused = { windowIsFull: true, windowBytes: 1_000, pausedConnections: 2 };
    const slow = relayAccounts({ ...paused, shards: waiting(8_000, null) });
    const { says } = audited({ relays: [relay(slow)] });
    expect(says.slice(0, 2)).to.deep.equal(['holds', 'receiver']);
    expect(says[2]).to.contain('paused by flow control: 2 of 3 connections wait');
    const full = waiting(8_000, { isFull: true, reason: 'maximum bytes exceeded' });
    const log = audited({ relays: [relay(relayAccounts({ ...paused, shards: full }))] });
    expect(log.says.slice(0, 2)).to.deep.equal(['holds', 'log']);
    expect(log.says[2]).to.contain('maximum bytes exceeded');
    expect(log.findings.map(({ stage }) => stage)).to.deep.equal(['log', 'receiver']);
  });

  it('names processes that do not answer, with what they held when they were last heard', () => {
    const heardAtMs = NOW_MS - 7_000;
    const { last } = member('relay', 'relay1');
    const counters = { pendingPoints: 12, connections: 3 };
    const silent = { heardAtMs, last: last && { ...last, counters } };
    const one = audited({ relays: [relay(null, silent)] });
    expect(one.says[2]).to.equal(
      'relay1 has not been heard for 7 s: it had read 12 points that no log has, and 3 connections sent to it',
    );
    const logs = [{ created: 'now', firstSequence: 1, lastSequence: MESSAGES + 20 }];
    const nodes = [node('node1', nodeAccounts()), node('node2', null, { heardAtMs })];
    const two = audited({ nodes, logs });
    expect(two.says.slice(0, 2)).to.deep.equal(['holds', 'replica']);
    expect(two.says[2]).to.contain('node2 has not been heard for 7 s: its replicas are about 200');
  });

  it('names a replica whose disk refuses writes, and one that replays', () => {
    const { report } = replicaAccounts();
    const behind = { ...report, state: 'degraded' as const, applied: MESSAGES - 100 };
    const tally = tallyTo(MESSAGES - 100);
    const counts = { applied: POINTS - 1_000, written: POINTS - 1_000, batches: MESSAGES - 100 };
    const disk = nodeAccounts({ ...counts, tally, report: behind, heldBy: 'disk' });
    const full = audited({ nodes: [node('node1', disk), node('node2', nodeAccounts())] });
    expect(full.says[2]).to.contain('shard 0 on node1 is about 1,000 points (100 messages) behind');
    expect(full.says[2]).to.contain('degraded, its disk refuses writes (/data/0)');
    expect(full.findings).to.have.length(1);
    const replaying = nodeAccounts({ ...counts, tally, report: { ...behind, state: 'replaying' } });
    const late = audited({ nodes: [node('node1', replaying)] });
    expect(late.says[2]).to.match(/^shard 0 on node1 is about 1,000 points .*: replaying$/);
  });

  it('names a slow writer and what slows it', () => {
    const queue = { written: POINTS - 900, queued: 900, oldestMs: 36_000 };
    const limits = { queuePoints: 1_900_000, updatesPerSecond: 5, createsPerMinute: 60 };
    const saying = (replica: Parameters<typeof nodeAccounts>[0]) =>
      audited({ nodes: [node('node1', nodeAccounts({ ...queue, ...replica }, limits))] }).says;
    const updates = saying({ heldBy: 'updates' });
    expect(updates.slice(0, 2)).to.deep.equal(['holds', 'writer']);
    expect(updates[2]).to.equal(
      'the writer of node1 is slow: its queue has 1,900,000 of 2,000,000 points (MAX_CACHE_SIZE), the oldest for 36 s: MAX_UPDATES_PER_SECOND = 5 allows no more',
    );
    expect(saying({ heldBy: 'creates', parkedMetrics: 7 })[2]).to.contain('7 new metrics wait');
    expect(saying({ heldBy: 'files', parkedMetrics: 1 })[2]).to.contain('1 metric wait for files');
    expect(saying({ heldBy: null })[2]).to.contain('slower than the points come');
  });

  it('finds points that came in and that nobody has', () => {
    const relays = [relay(relayAccounts({ refused: 0, shards: waiting(0, null) }))];
    relays[0].accounts!.received.pickle = 30;
    const { says, rows } = audited({ relays });
    expect(says.slice(0, 2)).to.deep.equal(['lost', 'relay']);
    expect(says[2]).to.contain('30 points of what came in did not go out');
    expect(rows.find(({ of }) => of === 'all shards')?.lost).to.equal(30);
    const writer = audited({ nodes: [node('node2', nodeAccounts({ written: POINTS - 1 }))] });
    expect(writer.says.slice(0, 2)).to.deep.equal(['lost', 'writer']);
  });

  it('finds what one replica has not taken out of its log', () => {
    const lacking = {
      tally: tallyTo(MESSAGES, [70, 71]),
      applied: POINTS - 20,
      written: POINTS - 20,
    };
    const nodes = [node('node1', nodeAccounts()), node('node2', nodeAccounts(lacking))];
    const { says, findings } = audited({ nodes });
    expect(says.slice(0, 2)).to.deep.equal(['lost', 'replica']);
    expect(says[2]).to.contain('shard 0 on node2 has read 20 points less');
    expect(findings[0]).to.include({ points: 20, at: 'node2' });
    const alone = audited({ nodes: [nodes[1]] });
    expect(alone.says[2], 'against the relay').to.contain('node2 has read 20 points less');
  });

  it('says what a replica lacks, and no more of it once a peer has given it', () => {
    const gap: Gap = {
      ...{ kind: 'retention', state: 'open', reason: '', stream: 'SHARD_0', metric: '' },
      ...{ fromSequence: 70, toSequence: 71, fromS: 1, untilS: 2 },
    };
    const saying = (replica: Partial<ReplicaAccounts>) => {
      const { says, findings, rows } = audited({ nodes: [node('node1', nodeAccounts(replica))] });
      const row = rows.find(({ stage }) => stage === 'replica');
      return { says, findings, counts: [row?.in, row?.out, row?.held, row?.lost, row?.repaired] };
    };
    const lacking = saying({ messagesLost: 2, gaps: [gap] });
    expect(lacking.says[0]).to.equal('lost');
    expect(lacking.says[2]).to.contain('lacks 2 messages of its log: retention had removed them');
    expect(lacking.findings).to.have.length(1);
    expect(lacking.counts).to.deep.equal([MESSAGES, MESSAGES - 2, 0, 2, 0]);
    const reason = 'node2 lacks it as well';
    const gone = saying({ gaps: [{ ...gap, state: 'irreparable', reason }] });
    expect(gone.says[2]).to.contain('it cannot be repaired: node2 lacks it as well');
    const corrupt = { ...gap, kind: 'corruptFile' as const, stream: '', metric: 'a.b' };
    expect(saying({ gaps: [corrupt] }).says[2]).to.contain(
      'points of 1 metric: a file was damaged',
    );
    const repaired = saying({ messagesLost: 2, messagesRepaired: 2 });
    expect(repaired.says[0]).to.equal('balanced');
    expect(repaired.counts).to.deep.equal([MESSAGES, MESSAGES - 2, 0, 0, 2]);
  });

  it('takes what an operator has given up for dropped, and says so', () => {
    const replica = nodeAccounts({ messagesLost: 2, messagesGivenUp: 2 });
    const { says, rows } = audited({ nodes: [node('node1', replica)] });
    expect(says[0]).to.equal('balanced');
    expect(rows.find(({ stage }) => stage === 'replica')).to.include({
      ...{ in: MESSAGES, out: MESSAGES - 2, held: 0, dropped: 2, lost: 0, repaired: 0 },
      reason: 'live; 2 messages given up by an operator',
    });
  });

  it('is not misled by processes that were started again', () => {
    const [shard] = relayAccounts().shards;
    const late = { since: MESSAGES - 10, firstBlock: 9, points: [100] };
    const relays = [
      relay(
        relayAccounts({
          received: { ...relayAccounts().received, line: 100 },
          shards: [{ ...shard, stored: 100, tally: late }],
        }),
      ),
    ];
    const anew = {
      tally: { since: 600, firstBlock: 9, points: [400] },
      applied: 400,
      written: 400,
    };
    const nodes = [node('node1', nodeAccounts()), node('node2', nodeAccounts(anew))];
    expect(audited({ relays, nodes }).says[0]).to.equal('balanced');
  });

  it('says that a log cannot be asked', () => {
    const { says } = audited({ logs: [null] });
    expect(says.slice(0, 2)).to.deep.equal(['holds', 'log']);
  });

  it('tells of mirrors and destinations that are behind', () => {
    const { report } = replicaAccounts();
    const mirrored = [
      {
        ...{ datacentre: 'dc2', checkpoint: 5, applied: 5, logEnd: 5 },
        mirror: { state: 'cutOff' as const, behind: 70 },
      },
    ];
    const cut = nodeAccounts({ report: { ...report, mirrored } });
    const mirrors = audited({ nodes: [node('node1', cut)] });
    expect(mirrors.says).to.deep.equal([
      ...['holds', 'mirror'],
      'mirrors of dc2 on node1 are cutOff: shard 0 is 70 messages behind',
    ]);
    const forwarder = member('forwarder', 'forwarder1');
    const destination = { name: 'old:2004:a', state: 'down' as const, daemons: 1, daemonsUp: 0 };
    const last = forwarder.last && {
      ...forwarder.last,
      destinations: [{ ...destination, lag: 9, pendingPoints: 0, counters: {} }],
    };
    const { says } = audited({ forwarders: [{ ...forwarder, last }] });
    expect(says[2]).to.equal('forwarder1 holds 9 log messages for old:2004:a: it is down');
  });
});

describe('Auditor', () => {
  it('asks who is not down, and takes silence for an answer', async () => {
    const cluster = new FakeCluster();
    cluster.beat({ node1: 'live', node2: 'live' });
    cluster.silence('node2');
    const auditor = new Auditor({
      datacentre: 'dc1',
      shardMap: cluster.shardMap,
      membership: cluster.membership,
      client: new NodeClient(cluster.bus, 2_000),
      log: new FakeLogReader(),
      ingest: { backlog: () => Promise.reject(new Error('no stream')) },
      clock: cluster.clock,
    });
    const asked = auditor.view();
    cluster.clock.advance(2_000);
    const view = await asked;
    expect(view.outcome).to.equal('holds');
    expect(view.findings.map(({ at }) => at)).to.include('node2');
  });
});
