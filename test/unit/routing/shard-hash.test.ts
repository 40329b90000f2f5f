import { expect } from 'chai';
import { SHARD_HASH_TYPES, shardHash, shardOfName } from '../../../src/routing/shard-hash.js';

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

  it('has room for as many shards as its positions can serve', () => {
    expect(shardHash('mmh3_ch', 1024).shardCount).to.equal(1024);
    const hash = shardHash('carbon_ch', 256);
    expect(new Set(NAMES.map((name) => shardOfName(hash, name)))).to.have.property('size', 256);
    expect(() => shardHash('carbon_ch', 257)).to.throw(
      /SHARDS is 257, but ROUTER_HASH_TYPE carbon_ch/,
    );
  });
});
