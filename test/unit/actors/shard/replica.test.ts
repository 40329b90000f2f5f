import { expect } from 'chai';
import {
  ALL_WRITTEN_MS,
  CHECKPOINT_INTERVAL_MS,
  FakeReplica,
  FOLDER,
  opened,
  WRITE_DELAY_MS,
} from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';

const CHECKPOINT = `${FOLDER}/checkpoint.json`;

describe('shard replica', () => {
  it('goes live at once on an empty log', async () => {
    const replica = await opened();
    expect(replica.states).to.deep.equal(['closed', 'recovering', 'live']);
    expect(replica.log.readFrom).to.deep.equal([1]);
  });

  it('replays a backlog and then is live', async () => {
    const replica = new FakeReplica();
    for (let i = 0; i < 10; i++) replica.append(['a.b', replica.nowS - 10 + i, i]);
    await settled();
    expect(replica.states).to.deep.equal(['closed', 'recovering', 'replaying', 'live']);
    expect(replica.runner.report()).to.include({ applied: 10, logEnd: 10, checkpoint: 0 });
    expect(await replica.cached('a.b')).to.have.length(10);
  });

  it('shows points as soon as they are applied, and writes them after a while', async () => {
    const replica = await opened();
    const { nowS } = replica;
    replica.append(['a.b', nowS - 2, 1], ['a.b', nowS - 1, 2], ['c.d', nowS - 1, 3]);
    await settled();
    expect(replica.whisper()).to.deep.equal({});
    expect(await replica.fetch('a.b')).to.deep.equal([
      [nowS - 2, 1],
      [nowS - 1, 2],
    ]);
    expect(await replica.cached('a.b')).to.deep.equal([
      [nowS - 2, 1],
      [nowS - 1, 2],
    ]);
    expect(await replica.find('*')).to.deep.equal(['a', 'c']);
    expect(replica.runner.report()).to.include({ applied: 1, queuePoints: 3 });
    expect(replica.budget.points).to.equal(3);

    await replica.pass(WRITE_DELAY_MS - 200);
    expect(replica.whisper()).to.deep.equal({});
    await replica.pass(400);
    expect(Object.keys(replica.whisper())).to.deep.equal([
      `${FOLDER}/whisper/a/b.wsp`,
      `${FOLDER}/whisper/c/d.wsp`,
    ]);
    expect(replica.runner.report()).to.include({ queuePoints: 0 });
    expect(replica.budget.points).to.equal(0);
    expect(await replica.cached('a.b')).to.deep.equal([]);
    expect(await replica.fetch('a.b')).to.deep.equal([
      [nowS - 2, 1],
      [nowS - 1, 2],
    ]);
  });

  it('shows queued points over those of the file', async () => {
    const replica = await opened();
    const { nowS } = replica;
    replica.append(['a.b', nowS - 2, 1], ['a.b', nowS - 1, 2]);
    await replica.pass(ALL_WRITTEN_MS);
    replica.append(['a.b', nowS - 1, 20], ['a.b', nowS, 30]);
    await settled();
    expect(await replica.fetch('a.b')).to.deep.equal([
      [nowS - 2, 1],
      [nowS - 1, 20],
      [nowS, 30],
    ]);
  });

  it('treats names of one file as one metric', async () => {
    const script = async (names: string[]): Promise<FakeReplica> => {
      const archives = [
        { secondsPerPoint: 1, points: 3600 },
        { secondsPerPoint: 5, points: 1440 },
      ];
      const replica = await opened({ archives });
      const start = replica.nowS - 60;
      for (let i = 0; i < 40; i++) {
        replica.append([names[(i >> 1) % names.length], start + i, i]);
        if (i % 2 === 1) await replica.pass(ALL_WRITTEN_MS, 1000);
      }
      replica.append([names[0], replica.nowS, 99]);
      await settled();
      return replica;
    };
    const [plain, mixed] = [await script(['a.b']), await script(['a.b', 'a..b', '.a.b', 'a/b'])];
    expect(mixed.whisper()).to.deep.equal(plain.whisper());
    expect(await mixed.fetch('a..b', 1000)).to.deep.equal(await plain.fetch('a.b', 1000));
    expect(await mixed.find('a.*')).to.deep.equal(['a.b']);
    expect(mixed.runner.replica.queuedMetrics).to.equal(1);
  });

  it('answers for a metric that it does not have', async () => {
    const replica = await opened();
    expect(await replica.fetch('no.such')).to.deep.equal([]);
    expect(await replica.cached('no.such')).to.deep.equal([]);
    const { locations, newestSequence } = await replica.locate('no.such');
    expect(newestSequence).to.equal(0);
    expect(locations.map(({ place, points }) => [place, points])).to.deep.equal([
      ['queue', 0],
      ['file', 0],
    ]);
  });

  it('refuses a glob that is none, to the asker alone', async () => {
    const replica = await opened();
    const refused = await replica.find('x.'.repeat(1000)).then(
      () => 'found',
      (error) => error.code,
    );
    expect(refused).to.equal('BAD_REQUEST');
    expect(replica.made).to.equal(1);
  });

  it('knows the metrics that have files, also when its log says nothing of them', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1], ['a.c;x=y', replica.nowS, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    replica.files.put(`${FOLDER}/whisper/other/file.wsp`, new Uint8Array(0));
    const next = replica.killedAndRestarted();
    await settled();
    expect(next.log.readFrom.at(-1)).to.equal(2);
    expect(await next.find('*')).to.include.members(['a', 'other']);
    expect(await next.find('a.*')).to.deep.equal(['a.b']);
    expect(next.runner.replica.metrics).to.be.at.least(2);
  });

  it('tells where the newest points of a metric are', async () => {
    const replica = await opened();
    const { nowS } = replica;
    replica.append(['a.b', nowS - 3, 1], ['a.b', nowS - 2, 2]);
    await replica.pass(ALL_WRITTEN_MS);
    replica.append(['other', nowS, 1]);
    replica.append(['a.b', nowS, 5], ['a.b', nowS - 1, 4], ['a.b', nowS, 6]);
    await settled();
    const found = await replica.locate('a.b');
    expect(found.newestSequence).to.equal(3);
    expect(found.file).to.equal(`${FOLDER}/whisper/a/b.wsp`);
    expect(found.replica).to.include({ shard: 0, state: 'live', applied: 3, checkpoint: 1 });
    expect(found.locations).to.deep.equal([
      { place: 'queue', points: 3, newestTimestamp: nowS, newestValue: 6 },
      { place: 'file', points: 2, newestTimestamp: nowS - 2, newestValue: 2 },
    ]);
  });

  describe('checkpoint', () => {
    it('is held back behind what is not written, and saved when it is', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(WRITE_DELAY_MS / 2);
      replica.append(['c.d', replica.nowS, 1]);
      await replica.pass(WRITE_DELAY_MS / 2 - 500);
      expect(replica.savedSequence()).to.equal(undefined);
      await replica.pass(2000);
      expect(replica.savedSequence()).to.equal(1);
      expect(replica.runner.report()).to.include({ checkpoint: 1, applied: 2 });
      await replica.pass(WRITE_DELAY_MS);
      expect(replica.savedSequence()).to.equal(2);
    });

    it('is not saved again while nothing changes', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.savedSequence()).to.equal(1);
      const writes = replica.files.calls.get('write');
      await replica.pass(10 * CHECKPOINT_INTERVAL_MS);
      expect(replica.files.calls.get('write')).to.equal(writes);
    });

    it('is where the next process reads on, and the files end up the same', async () => {
      const script = (replica: FakeReplica, from: number, to: number): void => {
        for (let i = from; i < to; i++)
          replica.append(['a.b', start + i, i], [`m${i % 3}`, start + i, -i]);
      };
      const undisturbed = await opened();
      const start = undisturbed.nowS - 100;
      script(undisturbed, 0, 20);
      await undisturbed.pass(ALL_WRITTEN_MS);

      let replica = await opened();
      script(replica, 0, 8);
      await replica.pass(ALL_WRITTEN_MS);
      script(replica, 8, 14);
      await settled();
      expect(replica.savedSequence()).to.equal(8);
      replica = replica.killedAndRestarted();
      script(replica, 14, 20);
      await settled();
      expect(replica.log.readFrom.at(-1)).to.equal(9);
      expect(await replica.find('*')).to.deep.equal(['a', 'm0', 'm1', 'm2']);
      expect((await replica.fetch('a.b', 200)).length).to.equal(20);
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.whisper()).to.deep.equal(undisturbed.whisper());
      expect(replica.savedSequence()).to.equal(20);
    });

    it('may be older than the files: reading a point twice changes nothing', async () => {
      const replica = await opened();
      for (let i = 0; i < 10; i++) replica.append(['a.b', replica.nowS - 20 + i, i]);
      replica.append(['a.b', replica.nowS - 20, 99]);
      await replica.pass(ALL_WRITTEN_MS);
      const before = replica.whisper();
      replica.files.remove(CHECKPOINT);
      const next = replica.killedAndRestarted();
      await next.pass(ALL_WRITTEN_MS);
      expect(next.log.readFrom.at(-1)).to.equal(1);
      expect(next.runner.replica.counters.pointsApplied).to.equal(11);
      expect(next.whisper()).to.deep.equal(before);
    });

    it('of a log that was made anew says nothing: the new log is read whole', async () => {
      const replica = await opened();
      const { nowS } = replica;
      for (let i = 0; i < 5; i++) replica.append(['a.b', nowS - 5 + i, i]);
      await replica.pass(ALL_WRITTEN_MS);
      expect(replica.savedSequence()).to.equal(5);
      replica.log.makeAnew();
      for (let i = 0; i < 7; i++) replica.append(['c.d', nowS - 7 + i, i]);
      const next = replica.killedAndRestarted();
      await next.pass(ALL_WRITTEN_MS);
      expect(next.log.readFrom.at(-1)).to.equal(1);
      expect(await next.fetch('c.d')).to.have.length(7);
      expect(await next.fetch('a.b')).to.have.length(5);
      expect(next.savedSequence()).to.equal(7);
      expect(next.logger.texts('warn')).to.include(
        'the checkpoint is of another log; reading the whole log',
      );
    });

    it('beyond the end of its log says nothing either', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      const text = Buffer.from(replica.files.readAll(CHECKPOINT)).toString();
      replica.files.put(CHECKPOINT, Buffer.from(text.replace('"sequence":1', '"sequence":50')));
      const next = replica.killedAndRestarted();
      await settled();
      expect(next.log.readFrom.at(-1)).to.equal(1);
    });

    it('that cannot be read makes the replica read its whole log, and say so', async () => {
      const replica = await opened();
      replica.append(['a.b', replica.nowS, 1]);
      await replica.pass(ALL_WRITTEN_MS);
      replica.files.put(CHECKPOINT, Buffer.from('{"version'));
      const next = replica.killedAndRestarted();
      await next.pass(ALL_WRITTEN_MS);
      expect(next.log.readFrom.at(-1)).to.equal(1);
      expect(next.logger.texts('error')).to.include('reading the whole log');
      expect(next.savedSequence()).to.equal(1);
    });
  });

  it('counts what retention removed before it was read, and reads on', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    const { log } = replica;
    const next = replica.killedAndRestarted.bind(replica);
    for (let i = 0; i < 10; i++) log.append(new Uint8Array(0));
    replica.append(['c.d', replica.nowS, 1]);
    log.removeBefore(12);
    const after = next();
    await after.pass(ALL_WRITTEN_MS);
    expect(after.runner.replica.counters.messagesLost).to.equal(10);
    expect(after.logger.texts('error').join()).to.match(/retention removed/);
    expect(await after.fetch('c.d')).to.have.length(1);
    expect(after.runner.report()).to.include({ applied: 12, checkpoint: 12, state: 'live' });
  });

  it('counts on behind what retention removed while it read, and says what it lacks', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(1_000);
    for (let i = 0; i < 10; i++) replica.append(['a.b', replica.nowS - i, 1]);
    replica.log.removeBefore(9);
    await replica.pass(1_000);
    const { messagesLost, gaps, tally } = replica.runner.accounts();
    expect(messagesLost).to.equal(7);
    expect(
      gaps.map(({ kind, fromSequence, toSequence }) => [kind, fromSequence, toSequence]),
    ).to.eql([['retention', 2, 8]]);
    expect(tally.since).to.equal(9);
  });

  it('is live when retention removed all that it had not read', async () => {
    const replica = await opened();
    for (let i = 0; i < 10; i++) replica.append(['a.b', replica.nowS - i, 1]);
    replica.log.removeBefore(11);
    const next = replica.killedAndRestarted();
    await next.pass(ALL_WRITTEN_MS);
    expect(next.runner.report()).to.include({ applied: 10, state: 'live' });
    expect(next.savedSequence()).to.equal(10);
  });

  it('skips a broken batch, counts it and goes on', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS, 1]);
    replica.log.append(Buffer.from('no batch'));
    replica.append(['c.d', replica.nowS, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.runner.replica.counters).to.include({ malformedBatches: 1, pointsApplied: 2 });
    expect(replica.savedSequence()).to.equal(3);
    expect(replica.made).to.equal(1);
  });

  it('replays again when it has fallen far behind, and shows its lag while nothing arrives', async () => {
    const replica = await opened({ pointsMax: 50 });
    replica.files.refuse('EACCES', ['create', 'makeFolder', 'open update']);
    for (let i = 0; i < 200; i++) replica.append(['a.b', replica.nowS - i, i]);
    await replica.pass(3000);
    expect(replica.states.at(-1)).to.equal('replaying');
    const { logEnd, applied } = replica.runner.report();
    expect(logEnd).to.equal(200);
    expect(applied).to.be.lessThan(60);
    replica.files.heal();
    await replica.pass(30_000);
    expect(replica.runner.report()).to.include({ state: 'live', applied: 200 });
  });

  it('stops pulling while the budget of queued points is used up, and goes on below it', async () => {
    const replica = await opened({ pointsMax: 100 });
    replica.files.refuse('EACCES', ['create', 'makeFolder', 'open update']);
    for (let i = 0; i < 500; i++) replica.append(['a.b', replica.nowS - i, i]);
    await replica.pass(5000);
    expect(replica.budget.points).to.equal(100);
    expect(replica.log.delivered).to.be.within(100, 102);
    replica.files.heal();
    await replica.pass(60_000);
    expect(replica.budget.points).to.equal(0);
    expect(await replica.fetch('a.b', 1000)).to.have.length(500);
    expect(replica.savedSequence()).to.equal(500);
  });

  it('writes before the delay is over when the budget is more than half used', async () => {
    const replica = await opened({ pointsMax: 100 });
    for (let i = 0; i < 60; i++) replica.append(['a.b', replica.nowS - i, i]);
    await replica.pass(500);
    expect(replica.budget.points).to.equal(0);
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(500);
    expect(replica.budget.points).to.equal(1);
  });

  it('counts points that no archive reaches, and does not wait for them', async () => {
    const replica = await opened();
    replica.append(['a.b', replica.nowS - 10_000, 1], ['a.b', -5, 1], ['a.b', 2 ** 33, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.runner.replica.writer.counters).to.include({
      droppedTooOld: 1,
      droppedOutOfRange: 2,
      committedPoints: 0,
    });
    expect(replica.savedSequence()).to.equal(1);
    expect(replica.budget.points).to.equal(0);
  });
});
