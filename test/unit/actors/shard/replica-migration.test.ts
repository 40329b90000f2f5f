import { expect } from 'chai';
import type { MigrateStep } from '../../../../src/actors/shard/messages.js';
import { decodeHeader } from '../../../../src/storage/whisper/format.js';
import { FakeReplica, FOLDER, WRITE_DELAY_MS } from '../../../support/fake-replica.js';
import { settled } from '../../../support/fake-time.js';

const START = { shard: 0, metric: 0, openedMs: 0 };

/** A replica with one written file of each name. */
async function filled(names: string[]) {
  const replica = new FakeReplica();
  await settled();
  for (const [i, name] of names.entries()) replica.append([name, replica.nowS - 1, i]);
  await replica.pass(WRITE_DELAY_MS + 500);
  return replica;
}

function step(
  replica: FakeReplica,
  from = START,
  options: { dryRun?: boolean; matches?: (name: string) => boolean } = {},
): Promise<MigrateStep> {
  const { dryRun = false, matches = () => true } = options;
  return replica.runner.ask<MigrateStep>((reply, fail) => ({
    ...{ type: 'migrate', shard: 0, from, dryRun, matches },
    reply,
    fail,
  }));
}

/** Steps until there is nothing left. */
async function migrated(replica: FakeReplica, dryRun = false): Promise<MigrateStep[]> {
  const steps = [await step(replica, START, { dryRun })];
  for (let { next } = steps[0]; next !== null; next = steps[steps.length - 1].next) {
    steps.push(await step(replica, next, { dryRun }));
  }
  return steps;
}

function sum(steps: MigrateStep[], of: (one: MigrateStep) => number): number {
  return steps.reduce((total, one) => total + of(one), 0);
}

function longer(replica: FakeReplica): void {
  replica.rule = { ...replica.rule, archives: [{ secondsPerPoint: 1, points: 7200 }] };
}

function pointsOf(replica: FakeReplica, file: string): number | undefined {
  const bytes = Buffer.from(replica.whisper()[`${FOLDER}/whisper/${file}`], 'hex');
  return decodeHeader(bytes)?.archives[0].points;
}

describe('migration of a replica', () => {
  it('changes one file a message, and says where to go on', async () => {
    const replica = await filled(['a.a', 'a.b', 'a.c']);
    longer(replica);
    const steps = await migrated(replica);
    expect(steps.map(({ changed, left }) => [changed, left])).to.deep.equal([
      [1, 2],
      [1, 1],
      [1, 0],
    ]);
    for (const file of ['a/a.wsp', 'a/b.wsp', 'a/c.wsp'])
      expect(pointsOf(replica, file)).to.equal(7200);
    expect(replica.runner.replica.migration.counters).to.include({ filesMigrated: 3 });
    expect(sum(await migrated(replica), ({ changed }) => changed)).to.equal(0);
  });

  it('changes nothing in a dry run, and counts the same', async () => {
    const replica = await filled(['a.a', 'a.b', 'a.c']);
    longer(replica);
    const before = replica.whisper();
    const steps = await migrated(replica, true);
    expect([steps.length, steps[0].checked, steps[0].changed]).to.deep.equal([1, 3, 3]);
    expect(replica.whisper()).to.deep.equal(before);
  });

  it('looks only at metrics that match', async () => {
    const replica = await filled(['a.a', 'a.b']);
    longer(replica);
    const matches = (name: string): boolean => name === 'a.b';
    expect(await step(replica, START, { matches })).to.include({ checked: 1, changed: 1, left: 0 });
    expect(pointsOf(replica, 'a/a.wsp')).to.equal(3600);
  });

  it('loses no point that arrives or waits meanwhile', async () => {
    const replica = await filled(['a.a', 'a.b']);
    const { nowS } = replica;
    replica.append(['a.a', nowS, 100], ['a.b', nowS, 200]);
    await settled();
    longer(replica);
    const first = await step(replica);
    replica.append(['a.a', nowS - 3, 101]);
    await settled();
    expect(replica.runner.report().queuePoints).to.equal(3);
    await step(replica, first.next ?? START);
    await replica.pass(WRITE_DELAY_MS + 500);
    expect(replica.runner.report().queuePoints).to.equal(0);
    expect((await replica.fetch('a.a')).map(([, value]) => value)).to.have.members([0, 100, 101]);
    expect((await replica.fetch('a.b')).map(([, value]) => value)).to.have.members([1, 200]);
    expect(replica.made).to.equal(1);
  });

  it('counts a file that fails, leaves it, and goes on', async () => {
    const replica = await filled(['a.a', 'a.b']);
    longer(replica);
    replica.files.refuse('EIO', ['write'], 'a/a.wsp.migrate-new');
    const steps = await migrated(replica);
    expect(sum(steps, ({ changed }) => changed)).to.equal(1);
    const failures = steps.flatMap((one) => one.failures);
    expect(failures.map(({ name }) => name)).to.deep.equal(['a.a']);
    expect(failures[0].error).to.include('EIO');
    expect(pointsOf(replica, 'a/a.wsp')).to.equal(3600);
    expect(replica.files.has(`${FOLDER}/whisper/a/a.wsp.migrate-new`)).to.equal(false);
    expect(replica.runner.replica.migration.counters.migrationErrors).to.equal(1);
    expect(replica.made).to.equal(1);
  });

  it('writes to the new file under every name that shares it', async () => {
    const replica = await filled(['a.a', 'a..a']);
    longer(replica);
    await migrated(replica);
    replica.append(['a..a', replica.nowS, 7]);
    await replica.pass(WRITE_DELAY_MS + 500);
    const values = (await replica.fetch('a.a')).map(([, value]) => value);
    expect(values).to.include(7);
    expect(pointsOf(replica, 'a/a.wsp')).to.equal(7200);
  });

  it('begins its shard again when the replica was opened anew', async () => {
    const replica = await filled(['a.a', 'a.b']);
    longer(replica);
    const first = await step(replica);
    replica.log.fail(new Error('the log broke'));
    await replica.pass(1_000);
    expect(replica.made).to.equal(2);
    const second = await step(replica, first.next ?? START);
    expect([second.checked, second.changed, second.left]).to.deep.equal([2, 1, 0]);
  });

  it('refuses while the disk takes nothing', async () => {
    const replica = await filled(['a.a']);
    replica.files.refuseChanges('ENOSPC');
    replica.append(['a.new', replica.nowS, 1]);
    await replica.pass(WRITE_DELAY_MS + 500);
    expect(replica.runner.report().state).to.equal('degraded');
    const error = await step(replica).then(
      () => undefined,
      (failure) => failure,
    );
    expect(error).to.include({ code: 'REPLICA_NOT_READY' });
  });
});
