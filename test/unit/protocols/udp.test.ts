import { expect } from 'chai';
import fc from 'fast-check';
import { LineStream } from '../../../src/protocols/line.js';
import { PointBlock } from '../../../src/protocols/points.js';
import { RejectionCounts } from '../../../src/protocols/rejection.js';
import { decodeDatagram } from '../../../src/protocols/udp.js';

const NOW_S = 1700000123.75;

function decode(datagram: string | Uint8Array) {
  const block = new PointBlock();
  const rejections = new RejectionCounts();
  decodeDatagram(Buffer.from(datagram as Uint8Array), block, rejections, NOW_S);
  const names = Array.from({ length: block.count }, (_, i) => block.name(i));
  return { block, rejections, names };
}

describe('decodeDatagram', () => {
  it('takes a last line without newline', () => {
    expect(decode('a 1 2\nb 3 4').names).to.deep.equal(['a', 'b']);
  });

  it('counts the datagram once for bad UTF-8, wherever it is', () => {
    const { block, rejections } = decode(Buffer.from('a 1 2\nb 3 4\n\xff', 'latin1'));
    expect([block.count, rejections.count('invalid-utf8'), rejections.total]).to.deep.equal([
      0, 1, 1,
    ]);
  });

  it('takes a name of any length that fits in a datagram', () => {
    expect(decode(`${'n'.repeat(60000)} 1 2\n`).names[0]).to.have.length(60000);
  });

  it('agrees with the stream on plain text lines', () => {
    const field = fc.stringMatching(/^[a-z0-9.;~{}=-]{0,8}$/);
    const line = fc.array(field, { minLength: 2, maxLength: 4 }).map((fields) => fields.join(' '));
    fc.assert(
      fc.property(fc.array(line, { maxLength: 6 }), (lines) => {
        const text = lines.map((each) => `${each}\n`).join('');
        const block = new PointBlock();
        const rejections = new RejectionCounts();
        new LineStream().push(Buffer.from(text), block, rejections, NOW_S);
        const datagram = decode(text);
        expect(datagram.block.count).to.equal(block.count);
        expect(datagram.rejections.total).to.equal(rejections.total);
      }),
      { seed: 20032, numRuns: 200 },
    );
  });

  it('survives random bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (datagram) => {
        decode(datagram);
        expect(decode('good 1 2').names).to.deep.equal(['good']);
      }),
      { seed: 20033, numRuns: 300 },
    );
  });
});
