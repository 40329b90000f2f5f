import { expect } from 'chai';
import { FakeReplica, FOLDER, opened } from '../../../support/fake-replica.js';
import { settled, watch } from '../../../support/fake-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';
import { SlowClock } from '../../../support/slow-clock.js';

const METRICS = 3_000;

describe('find in a replica', () => {
  it('lets others have their turn, and finds everything', async () => {
    const clock = new SlowClock();
    const replica = await opened({ clock });
    replica.append(
      ...Array.from({ length: METRICS }, (_, i): [string, number, number] => [`a.m${i}`, 1, 1]),
    );
    await settled();
    clock.holds = true;
    const found = watch(replica.find('a.*', METRICS));
    await settled();
    expect(found.state).to.equal('pending');
    expect(clock.waiting).to.be.greaterThan(0);
    replica.append(['b.c', replica.nowS, 7]);
    await settled();
    expect(replica.runner.report().applied).to.equal(2);
    expect(found.state).to.equal('pending');
    let turns = 0;
    for (; found.state === 'pending' && turns < 100; turns++) {
      clock.giveTurn();
      await settled();
    }
    expect(turns).to.be.within(2, 50);
    expect(found.value).to.have.length(METRICS);
  });

  it('does not look again for what it has found, until there is another name', async () => {
    const clock = new SlowClock();
    const replica = await opened({ clock });
    const names = Array.from({ length: METRICS }, (_, i) => `a.m${i}`);
    replica.append(...names.map((name): [string, number, number] => [name, 1, 1]));
    await settled();
    expect(await replica.find('a.*', METRICS)).to.have.length(METRICS);
    clock.holds = true;
    expect(await replica.find('a.*', METRICS)).to.have.length(METRICS);
    expect(watch(replica.find('a.*', METRICS + 1)).state).to.equal('pending');
    clock.holds = false;
    replica.append(['a.new', replica.nowS, 7]);
    await settled();
    expect(await replica.find('a.*', METRICS + 1)).to.include('a.new');
    replica.append(['a.b.c', replica.nowS, 7]);
    await settled();
    expect(await replica.find('a.b.*', METRICS)).to.deep.equal(['a.b.c']);
  });

  it('is refused while the index is built, and afterwards is not', async () => {
    const files = new MemoryFiles();
    for (let i = 0; i < METRICS; i++) files.put(`${FOLDER}/whisper/m${i}.wsp`, new Uint8Array(1));
    const clock = new SlowClock();
    clock.holds = true;
    const replica = new FakeReplica({ files, clock });
    await settled();
    expect(replica.runner.report().state).to.equal('recovering');
    const early = watch(replica.find('*', METRICS));
    await settled();
    expect(early.error?.code).to.equal('REPLICA_NOT_READY');
    expect(early.error?.message).to.match(/shard 0 is recovering/);
    clock.advance(6_000);
    for (let turn = 0; turn < 100; turn++) {
      clock.giveTurn();
      await settled();
    }
    clock.holds = false;
    clock.giveTurn();
    expect(await replica.find('*', METRICS)).to.have.length(METRICS);
    const told = replica.logger.texts('info').filter((text) => /index/.test(text));
    expect(told).to.deep.equal(['building the index', 'the index is built']);
  });
});
