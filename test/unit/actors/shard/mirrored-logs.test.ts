import { expect } from 'chai';
import { FakeLogReader } from '../../../support/fake-log-reader.js';
import { batchOf } from '../../../support/fake-points.js';
import {
  ALL_WRITTEN_MS,
  CHECKPOINT_INTERVAL_MS,
  FakeReplica,
  opened,
  WRITE_DELAY_MS,
} from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';

const FROM_DC1 = 'SHARD_0_FROM_dc1';
const LOG_POLL_MS = 2_000;

/** A replica of dc2 that reads a mirror of dc1's log besides its own. */
function mirrored(mirror = new FakeLogReader(), mirrorFrom = ['dc1']): Promise<FakeReplica> {
  return opened({ mirrorFrom, mirrors: { dc1: mirror } });
}

describe('a replica of several logs', () => {
  it('has the points of both, in one file', async () => {
    const replica = await mirrored();
    const { nowS } = replica;
    replica.append(['a.b', nowS - 2, 1]);
    replica.mirrors.dc1.append(batchOf([['a.b', nowS - 1, 2]]));
    await settled();
    expect(await replica.fetch('a.b')).to.deep.equal([
      [nowS - 2, 1],
      [nowS - 1, 2],
    ]);
    expect((await replica.locate('a.b')).newestFrom).to.equal('dc1');
    await replica.pass(ALL_WRITTEN_MS);
    expect(Object.keys(replica.whisper())).to.have.length(1);
    expect([replica.savedSequence(), replica.savedSequence(FROM_DC1)]).to.deep.equal([1, 1]);
    expect(replica.runner.report()).to.deep.include({
      applied: 1,
      mirrored: [{ datacentre: 'dc1', checkpoint: 1, applied: 1, logEnd: 1 }],
    });
  });

  it('goes live without a mirror that is not there, and reads it once it is', async () => {
    const replica = await opened({ mirrorFrom: ['dc1'] });
    replica.append(['a.b', replica.nowS, 1]);
    await replica.pass(ALL_WRITTEN_MS);
    expect(replica.runner.report().state).to.equal('live');
    replica.mirrors.dc1 = new FakeLogReader();
    replica.mirrors.dc1.append(batchOf([['c.d', replica.nowS, 2]]));
    await replica.pass(LOG_POLL_MS);
    expect(await replica.cached('c.d')).to.have.length(1);
    await replica.pass(ALL_WRITTEN_MS);
    expect([replica.savedSequence(), replica.savedSequence(FROM_DC1)]).to.deep.equal([1, 1]);
    expect(replica.made).to.equal(1);
  });

  it('reads each log on from its own checkpoint', async () => {
    const replica = await mirrored();
    const { nowS, mirrors } = replica;
    for (let i = 0; i < 5; i++) replica.append(['a.b', nowS - i, i]);
    for (let i = 0; i < 3; i++) mirrors.dc1.append(batchOf([['c.d', nowS - i, i]]));
    await replica.pass(ALL_WRITTEN_MS);
    const next = replica.killedAndRestarted();
    await settled();
    expect(next.log.readFrom).to.deep.equal([1, 6]);
    expect(mirrors.dc1.readFrom).to.deep.equal([1, 4]);
  });

  it('holds the checkpoint of each log behind what of it is not written', async () => {
    const replica = await mirrored();
    const { nowS, mirrors } = replica;
    replica.append(['a.b', nowS, 1]);
    await replica.pass(WRITE_DELAY_MS / 2);
    mirrors.dc1.append(batchOf([['c.d', nowS, 1]]));
    replica.append(['a.b', nowS - 1, 2]);
    await replica.pass(WRITE_DELAY_MS / 2 + 2 * CHECKPOINT_INTERVAL_MS);
    // a.b is written; c.d arrived before its second point and still waits, and so neither log is past it.
    expect([replica.savedSequence(), replica.savedSequence(FROM_DC1)]).to.deep.equal([1, 0]);
    await replica.pass(WRITE_DELAY_MS);
    expect([replica.savedSequence(), replica.savedSequence(FROM_DC1)]).to.deep.equal([2, 1]);
  });

  it('has the same points after a kill at any time', async () => {
    const script = (replica: FakeReplica, from: number, to: number): void => {
      for (let i = from; i < to; i++) {
        replica.append([`m${i % 3}`, start + i, i]);
        replica.mirrors.dc1.append(batchOf([[`m${(i + 1) % 3}`, start + i, -i]]));
      }
    };
    const undisturbed = await mirrored();
    const start = undisturbed.nowS - 100;
    script(undisturbed, 0, 30);
    await undisturbed.pass(ALL_WRITTEN_MS);
    for (const waitMs of [0, 3_000, 10_500, 11_000, 12_000]) {
      let replica = await mirrored();
      script(replica, 0, 10);
      await replica.pass(4_000);
      script(replica, 10, 20);
      await replica.pass(waitMs);
      replica = replica.killedAndRestarted();
      script(replica, 20, 30);
      await replica.pass(2 * ALL_WRITTEN_MS);
      expect(replica.whisper(), `killed after ${waitMs} ms`).to.deep.equal(undisturbed.whisper());
    }
  });

  it('lets the later datacentre win for one timestamp, whichever is read first', async () => {
    const files: unknown[] = [];
    for (const isOwnFirst of [true, false]) {
      const replica = await mirrored();
      const { nowS, mirrors } = replica;
      const own = () => replica.append(['a.b', nowS - 1, 2]);
      const other = () => mirrors.dc1.append(batchOf([['a.b', nowS - 1, 1]]));
      for (const send of isOwnFirst ? [own, other] : [other, own]) {
        send();
        await settled();
      }
      expect(await replica.fetch('a.b')).to.deep.equal([[nowS - 1, 2]]);
      await replica.pass(ALL_WRITTEN_MS);
      expect(await replica.fetch('a.b')).to.deep.equal([[nowS - 1, 2]]);
      files.push(replica.whisper());
    }
    expect(files[0]).to.deep.equal(files[1]);
  });

  it('keeps the checkpoint when a mirror is made again and has not come so far yet', async () => {
    const replica = await mirrored();
    for (let i = 0; i < 5; i++) replica.mirrors.dc1.append(batchOf([['a.b', replica.nowS, i]]));
    await replica.pass(ALL_WRITTEN_MS);
    const refilling = new FakeLogReader();
    replica.mirrors.dc1 = refilling;
    const next = replica.killedAndRestarted();
    await settled();
    expect(refilling.readFrom).to.deep.equal([6]);
    for (let i = 0; i < 7; i++) refilling.append(batchOf([['a.b', replica.nowS, i]]));
    await next.pass(ALL_WRITTEN_MS);
    expect(next.savedSequence(FROM_DC1)).to.equal(7);
    expect(next.runner.replica.counters.batchesApplied).to.equal(2);
  });

  it('reads a log that is made anew while it runs from its beginning, and keeps what it had', async () => {
    const replica = await mirrored();
    const { nowS, mirrors } = replica;
    for (let i = 0; i < 5; i++) mirrors.dc1.append(batchOf([['old', nowS - i, i]]));
    replica.append(['own', nowS, 1]);
    await settled();
    mirrors.dc1.makeAnew();
    mirrors.dc1.append(batchOf([['new', nowS, 1]]));
    await replica.pass(LOG_POLL_MS);
    expect(await replica.cached('old')).to.have.length(5);
    expect(await replica.cached('new')).to.have.length(1);
    await replica.pass(ALL_WRITTEN_MS);
    expect([replica.savedSequence(), replica.savedSequence(FROM_DC1)]).to.deep.equal([1, 1]);
    expect(await replica.fetch('old')).to.have.length(5);
    expect(replica.made).to.equal(1);
    expect(replica.logger.texts('warn')).to.include('the log was made anew; reading all of it');
  });

  it('stays live when a mirror brings a backlog, and falls behind by its own log', async () => {
    const replica = await opened({ mirrorFrom: ['dc1'], pointsMax: 10 });
    replica.mirrors.dc1 = new FakeLogReader();
    for (let i = 0; i < 200; i++) replica.mirrors.dc1.append(batchOf([['a.b', replica.nowS, i]]));
    await replica.pass(LOG_POLL_MS);
    expect(replica.runner.report()).to.include({ state: 'live' });
    expect(replica.runner.report().mirrored[0]).to.include({ logEnd: 200 });
    for (let i = 0; i < 200; i++) replica.append(['a.b', replica.nowS, i]);
    await replica.pass(LOG_POLL_MS);
    expect(replica.runner.report().state).to.equal('replaying');
  });

  it('keeps the checkpoint of a log that is not mirrored any more', async () => {
    const replica = await mirrored();
    replica.mirrors.dc1.append(batchOf([['a.b', replica.nowS, 1]]));
    await replica.pass(ALL_WRITTEN_MS);
    const { files, log } = replica;
    const alone = new FakeReplica({ files, log });
    await settled();
    alone.append(['c.d', alone.nowS, 1]);
    await alone.pass(ALL_WRITTEN_MS);
    expect([alone.savedSequence(), alone.savedSequence(FROM_DC1)]).to.deep.equal([1, 1]);
  });
});
