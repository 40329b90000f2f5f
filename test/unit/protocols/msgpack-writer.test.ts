import { expect } from 'chai';
import fc from 'fast-check';
import { decode } from '../../../src/protocols/codec.js';
import { MsgpackWriter } from '../../../src/protocols/msgpack-writer.js';

type Value = null | boolean | number | string;

describe('MsgpackWriter', () => {
  it('writes what any msgpack library reads', () => {
    const value = fc.oneof(
      fc.constant(null),
      fc.boolean(),
      fc.maxSafeNat(),
      fc.string({ unit: 'grapheme', maxLength: 50 }),
    );
    fc.assert(
      fc.property(fc.array(value, { maxLength: 40 }), (values) => {
        const writer = new MsgpackWriter().array(values.length);
        for (const one of values) write(writer, one);
        expect(decode(writer.finish())).to.deep.equal(values);
      }),
    );
  });

  it('keeps doubles doubles, whole ones too', () => {
    const bytes = new MsgpackWriter().map(1).text('v').float(5).finish();
    expect(bytes.toString('hex')).to.equal('81a176cb4014000000000000');
    expect(decode(new MsgpackWriter().float(Number.POSITIVE_INFINITY).finish())).to.equal(
      Number.POSITIVE_INFINITY,
    );
  });

  it('refuses negative and unsafe integers', () => {
    for (const number of [-1, 2 ** 53, 0.5])
      expect(() => new MsgpackWriter().integer(number)).to.throw();
  });
});

function write(writer: MsgpackWriter, value: Value): void {
  if (value === null) writer.none();
  else if (typeof value === 'boolean') writer.boolean(value);
  else if (typeof value === 'number') writer.integer(value);
  else writer.text(value);
}
