import { expect } from 'chai';
import fc from 'fast-check';
import { PointBlock } from '../../../src/protocols/points.js';
import { decodeTagged, encodeTagged, normaliseName } from '../../../src/protocols/tags.js';
import { isNormalised, normaliseNames } from '../../../src/protocols/tags-block.js';

const RUNS = { seed: 20041, numRuns: 2000 };

/** Names that are mostly close to the grammar of tags. */
const seriesName = fc.oneof(
  fc
    .array(
      fc.constantFrom('a', 'b', 'name', ';', ';', '=', '=', '~', '!', '{', '"', '"}', ',', 'é'),
      {
        maxLength: 14,
      },
    )
    .map((parts) => parts.join('')),
  fc
    .tuple(
      fc.constantFrom('m', 'm.n', 'é'),
      fc.uniqueArray(fc.constantFrom('a', 'a1', 'a-b', 'ab', 'B', '_', 'é', '😀', '\uffee')),
    )
    .map(([metric, tags]) => metric + tags.map((tag) => `;${tag}=${tag}`).join('')),
);

describe('tag normalisation', () => {
  it('is idempotent and never makes a name longer', () => {
    fc.assert(
      fc.property(seriesName, (name) => {
        const normalised = normaliseName(name);
        expect(normaliseName(normalised)).to.equal(normalised);
        expect(Buffer.byteLength(normalised)).to.be.at.most(Buffer.byteLength(name));
      }),
      RUNS,
    );
  });

  it('recognises normalised names by their bytes, and never a name that has to change', () => {
    let recognised = 0;
    fc.assert(
      fc.property(seriesName, (name) => {
        const bytes = Buffer.from(normaliseName(name));
        if (bytes.includes(';') && isNormalised(bytes, 0, bytes.length)) recognised++;
        const raw = Buffer.from(name);
        if (isNormalised(raw, 0, raw.length)) expect(normaliseName(name)).to.equal(name);
      }),
      RUNS,
    );
    expect(recognised).to.be.above(300);
  });

  it('rewrites a block in place and leaves the neighbours alone', () => {
    const names = ['plain', 'm;b=2;a=1', 'm{b="2",a="1"}', '~x', 'm;bad', 'after;é=1;z=2'];
    const block = new PointBlock();
    block.clear(Buffer.from(names.join(' ')));
    let start = 0;
    for (const name of names) {
      const end = start + Buffer.byteLength(name);
      block.append(start, end, 1, 2, 1);
      start = end + 1;
    }
    normaliseNames(block);
    expect(names.map((_, i) => block.name(i))).to.deep.equal([
      'plain',
      'm;a=1;b=2',
      'm;a=1;b=2',
      'x',
      'm;bad',
      'after;z=2;é=1',
    ]);
  });

  it('decodes what it encoded', () => {
    fc.assert(
      fc.property(seriesName, fc.constantFrom('.', '/'), (name, sep) => {
        fc.pre(!name.startsWith('.') && !name.includes('/'));
        expect(decodeTagged(encodeTagged(name, { sep }), sep)).to.equal(name);
      }),
      RUNS,
    );
  });
});
