import { expect } from 'chai';
import { columnDoubles } from '../../../../src/protocols/codec.js';
import type { Replies, Reply } from '../../../../src/protocols/messages.js';
import { SHARD_COUNT, SHARDS, startNode } from '../../../support/fake-node.js';
import { settled } from '../../../support/fake-time.js';
import { seriesIn } from '../../../support/found.js';
import { shardOfName } from '../../../support/shard-of.js';

/** All in shards that the node has. */
const NAMES = Array.from({ length: 20 }, (_, i) => `all.m${i}`).filter(
  (name) => shardOfName(name, SHARD_COUNT) !== 3,
);

function value(reply: Reply<'fetchMatching'>): Replies['fetchMatching'] {
  if (!reply.ok) throw new Error(`${reply.code}: ${reply.message}`);
  return reply.value;
}

describe('a node that is asked for the series of a glob', () => {
  it('fetches what matches, or tells the names alone where there are too many to read unseen', async () => {
    const { request, append, nowS } = startNode();
    await settled();
    for (const [i, name] of NAMES.entries()) append(name, i);
    await settled();
    const window = { fromS: nowS - 1, untilS: nowS, nowS };
    const asked = { type: 'fetchMatching', query: 'all.*', shards: SHARDS, ...window } as const;
    const { blocks, ...found } = value(await request({ ...asked, limit: 100 }));
    expect(found.names).to.have.members(NAMES);
    expect(found).to.deep.include({ shards: SHARDS, truncated: false });
    const series = seriesIn(found.names, blocks ?? []);
    const last = NAMES.map((name) => series.find((one) => one.name === name)?.values.at(-1));
    expect(last).to.deep.equal(NAMES.map((_, i) => i));
    const summed = value(await request({ ...asked, limit: 100, fold: 'sum' }));
    expect(summed).to.deep.include({ names: [], blocks: [], shards: SHARDS, truncated: false });
    expect(summed.folded?.count).to.equal(NAMES.length);
    expect(columnDoubles(summed.folded?.values ?? new Uint8Array()).at(-1)).to.equal(
      NAMES.reduce((sum, _, i) => sum + i, 0),
    );
    const some = value(await request({ ...asked, shards: [0], limit: 100 }));
    expect(some.names).to.deep.equal(
      found.names.filter((name) => shardOfName(name, SHARD_COUNT) === 0),
    );
    const cut = value(await request({ ...asked, limit: 1 }));
    expect(cut).to.deep.include({ truncated: true, blocks: null });
    for (const name of NAMES.map((parent) => `${parent}.below`))
      if (shardOfName(name, SHARD_COUNT) !== 3) append(name, 1);
    await settled();
    const besides = value(await request({ ...asked, limit: NAMES.length }));
    expect(besides, 'folders do not count').to.include({ truncated: false });
    expect(besides.names).to.have.members(NAMES);
    for (let i = 0; i < 1_000; i++)
      if (shardOfName(`all.n${i}`, SHARD_COUNT) !== 3) append(`all.n${i}`, 1);
    await settled();
    const many = value(await request({ ...asked, limit: 1_000 }));
    expect(many.names.length).to.be.greaterThan(500);
    expect(many).to.deep.include({ truncated: false, blocks: null });
  });
});
