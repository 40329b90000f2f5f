import { spawnSync } from 'node:child_process';
import { expect } from 'chai';
import { CarbonbusError } from '../../../../src/errors.js';
import { columnDoubles, encode } from '../../../../src/protocols/codec.js';
import type { FoundMessage, Replies, Reply, Request } from '../../../../src/protocols/messages.js';
import { SHARD_COUNT, SHARDS, startNode } from '../../../support/fake-node.js';
import { batchOf } from '../../../support/fake-points.js';
import { pass, settled } from '../../../support/fake-time.js';
import { seriesIn } from '../../../support/found.js';
import { shardOfName } from '../../../support/shard-of.js';

/** So many names, all of one shard. */
function namesOf(shard: number, count: number): string[] {
  const names: string[] = [];
  for (let i = 0; names.length < count; i++) {
    if (shardOfName(`all.m${i}`, SHARD_COUNT) === shard) names.push(`all.m${i}`);
  }
  return names;
}

/** Asks all shards. */
function findOf(query: string, limit: number) {
  const which = { namesOnly: false, leavesOnly: false };
  return { type: 'find' as const, query, limit, shards: [...SHARDS], ...which };
}

function value<T extends Request['type']>(reply: Reply<T>): Replies[T] {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value;
}

describe('Node', () => {
  it('joins, replays and is live when every replica is', async () => {
    const { states, node } = startNode();
    expect(node.state).to.equal('joining');
    await settled();
    expect(states).to.deep.equal(['joining', 'live']);
    expect(node.reports().map((report) => [report.shard, report.state])).to.deep.equal(
      SHARDS.map((shard) => [shard, 'live']),
    );
  });

  it('replays while one replica reads a backlog', async () => {
    const { states, logs, nowS } = startNode();
    for (let i = 0; i < 5; i++) logs[1].append(batchOf([['a.b', nowS, i]]));
    await settled();
    expect(states).to.deep.equal(['joining', 'replaying', 'live']);
  });

  it('is not live while one replica opens', async () => {
    const { node, logs, clock } = startNode();
    await settled();
    logs[1].fail(new Error('the log broke'));
    let there = (): void => undefined;
    logs[1].holdState(new Promise((resolve) => (there = resolve)));
    for (let i = 0; i < 3; i++) {
      await pass(clock, 300);
      expect(node.state).to.equal('replaying');
      expect(node.reports()[1].state).to.equal('closed');
    }
    there();
    await settled();
    expect(node.state).to.equal('live');
  });

  it('stays live while a disk is full', async () => {
    const { node, files, append, clock } = startNode();
    await settled();
    files.refuseChanges('ENOSPC');
    append(namesOf(1, 1)[0], 5);
    await pass(clock, 3000);
    expect(node.reports().map((report) => report.state)).to.deep.equal([
      ...['live', 'degraded', 'live'],
    ]);
    expect(node.state).to.equal('live');
  });

  it('drains its replicas and has left', async () => {
    const { node, states, append, files } = startNode();
    await settled();
    for (const shard of SHARDS) append(namesOf(shard, 1)[0], shard);
    await settled();
    await node.drain();
    expect(states.slice(-2)).to.deep.equal(['draining', 'left']);
    const paths = Object.keys(files.contents());
    expect(paths.filter((path) => path.endsWith('.wsp'))).to.have.length(3);
    expect(paths.filter((path) => path.endsWith('checkpoint.json'))).to.have.length(3);
    expect(files.openFiles).to.equal(0);
  });

  it('reads no more when it was drained, answers, and reads on when it rejoins', async () => {
    const { node, states, append, clock, files, request, logs } = startNode();
    await settled();
    const [name] = namesOf(0, 1);
    append(name, 1);
    await settled();
    files.refuseChanges('ENOSPC', 'whisper');
    expect(await request({ type: 'drain' })).to.deep.include({ ok: true });
    expect(node.state).to.equal('draining');
    expect(await request({ type: 'rejoin' })).to.deep.include({ code: 'NODE_DRAINING' });
    files.heal();
    await pass(clock, 3000);
    expect((await request({ type: 'drain' })) as object).to.deep.equal({
      ok: true,
      value: { state: 'left', queuePoints: 0 },
    });
    expect(states.slice(-2)).to.deep.equal(['draining', 'left']);
    append(name, 2);
    await pass(clock, 3000);
    expect(logs[0].delivered).to.equal(1);
    const found = await request(findOf('*', 10));
    expect(found.ok && (found.value as FoundMessage).branches).to.deep.equal(['all']);

    await request({ type: 'rejoin' });
    await pass(clock, 3000);
    expect(node.state).to.equal('live');
    expect(node.reports()[0]).to.include({ state: 'live', applied: 2 });
    await node.drain();
    expect(node.state).to.equal('left');
  });

  it('is still drained when its process starts again, and stops in order', async () => {
    const first = startNode();
    await settled();
    await first.request({ type: 'drain' });
    await pass(first.clock, 1000);
    const again = startNode([], first.files);
    const [name] = namesOf(0, 1);
    again.append(name, 1);
    await pass(again.clock, 3000);
    expect(again.node.state).to.equal('left');
    expect(again.logs[0].delivered).to.equal(0);
    await again.node.drain();
    expect(again.node.state).to.equal('left');
  });

  it('can leave while it joins, and with a replica that has crashed', async () => {
    const joining = startNode();
    await joining.node.drain();
    expect(joining.node.state).to.equal('left');

    const crashed = startNode();
    await settled();
    crashed.logs[2].fail(new Error('the log broke'));
    await settled();
    await crashed.node.drain();
    expect(crashed.node.state).to.equal('left');
  });

  it('fails when one of its replicas crashes again and again', async () => {
    const { failed, logs, clock } = startNode();
    for (let crash = 0; crash < 6; crash++) {
      expect(failed.state).to.equal('pending');
      logs[0].fail(new Error('the log broke'));
      await pass(clock, 600);
    }
    expect(failed.error?.message).to.equal('the log broke');
  });

  it('ends its process when it meets an event that it does not expect', () => {
    const url = new URL('../../../../src/actors/node/node.js', import.meta.url);
    const script = `
      import { Node } from ${JSON.stringify(url.href)};
      const never = { report: () => ({ state: 'live' }), wake: () => {} };
      const node = new Node(() => [never], () => {}, { monotonicMs: () => 0 });
      node.rejoin();
      setInterval(() => {}, 1000);
    `;
    const child = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
      timeout: 8000,
      encoding: 'utf8',
    });
    expect(child.status).to.equal(1);
    expect(child.stderr).to.match(/node: unexpected event rejoin/);
  });
});

describe('NodeRequests', () => {
  const [a, b] = namesOf(0, 2);
  const [c] = namesOf(2, 1);
  const [foreign] = namesOf(3, 1);

  async function filled() {
    const node = startNode();
    await settled();
    node.append(a, 1);
    node.append(b, 2);
    node.append(c, 3);
    await settled();
    return node;
  }

  it('refuses requests over the number that it takes in hand, and counts them', async () => {
    const { request, requests } = await filled();
    const find = findOf('*', 10);
    const replies = await Promise.all(Array.from({ length: 1_010 }, () => request(find)));
    const refused = replies.filter((reply) => !reply.ok);
    expect(refused).to.have.length(10);
    expect(refused[0]).to.include({ code: 'NODE_BUSY' });
    expect(requests.counters.requestsRefused).to.equal(10);
    expect((await request(find)).ok).to.equal(true);
  });

  it('gives up reads that nobody waits for any more', async () => {
    const { raw, requests, clock, nowS } = await filled();
    const asked = { id: 'api1:1', withinMs: 1000 };
    const fetch = { type: 'fetch', names: [a, b], fromS: nowS - 9, untilS: nowS, nowS } as const;
    const find = findOf('all.*', 10);
    for (const read of [fetch, find])
      expect((await raw(encode({ ...read, asked }))).ok).to.equal(true);
    // Each look at the clock takes longer than a slice of work may.
    let nowMs = 0;
    Object.assign(clock, { monotonicMs: () => (nowMs += 10) });
    const answer = raw(encode({ ...fetch, asked }));
    await raw(encode({ type: 'cancel', id: asked.id }));
    expect(await answer).to.include({ ok: false, code: 'NOT_WANTED' });
    expect(requests.counters.readsGivenUp).to.equal(1);
    for (const read of [fetch, find]) {
      const late = await raw(encode({ ...read, asked: { ...asked, withinMs: 5 } }));
      expect(late).to.include({ ok: false, code: 'NOT_WANTED' });
    }
    expect(requests.counters.readsGivenUp).to.equal(3);
    expect((await raw(encode({ ...fetch, asked }))).ok).to.equal(true);
  });

  it('finds in all its shards; a folder that is in several of them once', async () => {
    const { request } = await filled();
    const top = value(await request(findOf('*', 10)));
    expect(top).to.deep.equal({
      leaves: [],
      branches: ['all'],
      shards: SHARDS,
      truncated: false,
    });
    const below = value(await request(findOf('all.*', 10)));
    expect(below.leaves).to.have.members([a, b, c]);
    const some = value(await request(findOf('all.*', 1)));
    expect(some.truncated).to.equal(true);
  });

  it('leaves a replica that is not ready out of what it finds, and says so when none is', async () => {
    const node = startNode([0]);
    await settled();
    node.append(c, 3);
    await settled();
    const found = value(await node.request(findOf('**', 10)));
    expect(found.shards).to.deep.equal([1, 2]);
    expect(found.leaves).to.include(c);
    const none = await startNode(SHARDS).request(findOf('**', 10));
    expect(none).to.include({ ok: false, code: 'REPLICA_NOT_READY' });
  });

  it('fetches from the shards of the names', async () => {
    const { request, nowS } = await filled();
    const names = [a, 'no.such.metric', c].filter((name) => shardOfName(name, SHARD_COUNT) !== 3);
    const { blocks } = value(
      await request({
        type: 'fetch',
        names,
        fromS: nowS - 1,
        untilS: nowS,
        nowS,
      }),
    );
    const last = seriesIn(names, blocks).map(({ name, values }) => [name, values.at(-1)]);
    expect(last).to.have.deep.members([
      [a, 1],
      [c, 3],
    ]);
  });

  it('tells the points that wait for the disk', async () => {
    const { request, nowS } = await filled();
    const { metrics } = value(await request({ type: 'cached', names: [b, c] }));
    const points = metrics.map((one) => [
      one.name,
      [...columnDoubles(one.timestamps)],
      [...columnDoubles(one.values)],
    ]);
    expect(points).to.have.deep.members([
      [b, [nowS], [2]],
      [c, [nowS], [3]],
    ]);
  });

  it('locates a metric', async () => {
    const { request, nowS } = await filled();
    const reply = value(await request({ type: 'locate', name: c, nowS }));
    expect(reply.replica?.shard).to.equal(2);
    expect(reply.locations[0]).to.include({ place: 'queue', points: 1, newestValue: 3 });
  });

  it('migrates all its shards, within a bounded request', async () => {
    const { request, rule, files, clock } = await filled();
    await pass(clock, 3000);
    rule.now = { ...rule.now, archives: [{ secondsPerPoint: 1, points: 120 }] };
    const ask = { type: 'migrate', pattern: '', filesMax: 2, dryRun: false } as const;
    const dry = value(await request({ ...ask, dryRun: true, from: null }));
    expect(dry).to.include({ checked: 3, changed: 3, left: 0, next: null });
    const first = value(await request({ ...ask, from: null }));
    expect(first).to.include({ checked: 2, changed: 2, left: 1 });
    const second = value(await request({ ...ask, from: first.next }));
    expect(second).to.include({ checked: 1, changed: 1, left: 0, next: null });
    expect(second.failures).to.deep.equal([]);
    const sizes = Object.entries(files.contents()).filter(([path]) => path.endsWith('.wsp'));
    for (const [path, hex] of sizes) expect(hex.length / 2, path).to.equal(28 + 120 * 12);
  });

  it('migrates the shards that it can, and says which it cannot', async () => {
    const { request, rule, logs, clock } = await filled();
    await pass(clock, 3000);
    rule.now = { ...rule.now, method: 'max' };
    logs[0].fail(new Error('the log broke'));
    await settled();
    const ask = { type: 'migrate', pattern: 'all.*', filesMax: 10, dryRun: false } as const;
    const reply = value(await request({ ...ask, from: null }));
    expect(reply).to.include({ changed: 1, next: null });
    expect(reply.refusals.map(({ shard }) => shard)).to.deep.equal([0]);
  });

  it('refuses to migrate by rules that are not those of the files', async () => {
    const { request, rule } = await filled();
    rule.check = { type: 'broken', reason: 'storage-schemas.conf: line 3', isNew: false };
    const ask = { type: 'migrate', pattern: '', filesMax: 10, dryRun: false, from: null } as const;
    expect(await request(ask)).to.include({ ok: false, code: 'RULES_REFUSED' });
    rule.check = { type: 'same' };
    expect(await request({ ...ask, pattern: 'x.'.repeat(1000) })).to.include({
      code: 'BAD_REQUEST',
    });
  });

  it('refuses a metric of a shard that it does not have', async () => {
    const { request, nowS } = await filled();
    for (const reply of [
      await request({ type: 'cached', names: [a, foreign] }),
      await request({ type: 'locate', name: foreign, nowS }),
    ]) {
      expect(reply).to.include({ ok: false, code: 'WRONG_NODE' });
    }
  });

  it('refuses what it does not understand, and goes on', async () => {
    const { raw, request } = await filled();
    const replies = [
      await raw(Uint8Array.of(0xc1)),
      await raw(encode(null)),
      await raw(encode({ type: 'delete', names: [a] })),
      await raw(encode({ type: 'fetch' })),
      await raw(encode(findOf('x.'.repeat(1000), 1))),
    ];
    expect(replies.map((reply) => reply.ok)).to.deep.equal(Array(5).fill(false));
    expect(replies[2]).to.include({ code: 'UNKNOWN_REQUEST' });
    expect(replies[4]).to.include({ code: 'BAD_REQUEST' });
    expect((await request({ type: 'cached', names: [a] })).ok).to.equal(true);
  });

  it('passes on what a disk says to the asker, and goes on', async () => {
    const { request, files, nowS, clock, node } = await filled();
    await pass(clock, 3000);
    files.refuse('EIO', ['read']);
    const fetch: Request = { type: 'fetch', names: [a], fromS: nowS - 1, untilS: nowS, nowS };
    expect(await request(fetch)).to.include({ ok: false, code: 'EIO' });
    files.heal();
    expect((await request(fetch)).ok).to.equal(true);
    expect(node.state).to.equal('live');
  });

  it('refuses at once while the replica it needs is being opened again', async () => {
    const { request, logs } = await filled();
    logs[0].fail(new Error('the log broke'));
    await settled();
    expect(await request({ type: 'cached', names: [a] })).to.include({ code: 'ACTOR_STOPPED' });
    expect((await request({ type: 'cached', names: [c] })).ok).to.equal(true);
  });

  it('asks no further replica about tags once a pattern took too long in one', async () => {
    const { clock, request, append } = startNode();
    await settled();
    for (const shard of SHARDS) append(`${namesOf(shard, 1)[0]};host=a`, 1);
    await settled();
    const question = { of: 'series', expressions: ['host=~a'], prefix: '', pattern: '', limit: 9 };
    let tries = 0;
    const limits: number[] = [];
    clock.limited = <T>(work: () => T, limitMs: number): T => {
      limits.push(limitMs);
      if (++tries > 1) throw new CarbonbusError('TOOK_TOO_LONG', 'as the test wants it');
      return work();
    };
    const asked = await request({ type: 'tags', question } as Extract<Request, { type: 'tags' }>);
    const { shards } = value(asked);
    expect(shards.map(({ tookTooLong = false }) => tookTooLong)).to.deep.equal([
      ...[false, true, true],
    ]);
    expect(limits, 'while others wait').to.deep.equal([100, 100]);
  });
});
