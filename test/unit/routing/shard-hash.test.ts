import { expect } from 'chai';
import fc from 'fast-check';
import { SHARD_HASH_TYPES, shardHash, shardOfName } from '../../../src/routing/shard-hash.js';
import { blockOf } from '../../support/fake-points.js';

const NAMES = Array.from({ length: 20_000 }, (_, i) => `servers.web${i % 997}.metric${i}`);

describe('the hash of a cluster', () => {
  for (const type of SHARD_HASH_TYPES) {
    it(`${type} gives every shard its share`, () => {
      for (const shardCount of [1, 16, 128]) {
        const hash = shardHash(type, shardCount);
        const counts = new Array<number>(shardCount).fill(0);
        for (const name of NAMES) counts[shardOfName(hash, name)]++;
        const mean = NAMES.length / shardCount;
        expect(Math.min(...counts), `least of ${shardCount}`).to.be.above(mean * 0.4);
        expect(Math.max(...counts), `most of ${shardCount}`).to.be.below(mean * 1.8);
      }
    });
  }

  it('jump_fnv1a_ch finds the shards of a column that it finds name by name', () => {
    const name = fc.oneof(
      fc.constantFrom('a', 'servers.web1.cpu', 'ü.日本', 'x'.repeat(1_100)),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
    );
    const hashes = [1, 16, 64, 65, 1_000].map((count) => shardHash('jump_fnv1a_ch', count));
    fc.assert(
      fc.property(
        fc.array(name, { minLength: 1, maxLength: 60 }),
        fc.constantFrom(...hashes),
        fc.nat(),
        (names, hash, first) => {
          const block = blockOf(names.map((text) => [text, 1, 1]));
          const from = first % names.length;
          const shards = new Uint16Array(names.length - from);
          hash.shardsOf(block, from, names.length, shards);
          expect([...shards]).to.deep.equal(
            names.slice(from).map((text) => shardOfName(hash, text)),
          );
        },
      ),
      { numRuns: 500 },
    );
  });

  it('jump_fnv1a_ch takes names that are longer than a kernel has room for', () => {
    const names = ['a', 'b'.repeat(300_000), 'c', 'a'];
    const hash = shardHash('jump_fnv1a_ch', 16);
    const shards = new Uint16Array(names.length);
    for (let round = 0; round < 2; round++) {
      hash.shardsOf(blockOf(names.map((text) => [text, 1, 1])), 0, names.length, shards);
      expect([...shards]).to.deep.equal(names.map((text) => shardOfName(hash, text)));
    }
  });

  it('has room for as many shards as its positions can serve', () => {
    expect(shardHash('mmh3_ch', 1024).shardCount).to.equal(1024);
    const hash = shardHash('carbon_ch', 256);
    expect(new Set(NAMES.map((name) => shardOfName(hash, name)))).to.have.property('size', 256);
    expect(() => shardHash('carbon_ch', 257)).to.throw(
      /SHARDS is 257, but ROUTER_HASH_TYPE carbon_ch/,
    );
  });
});
