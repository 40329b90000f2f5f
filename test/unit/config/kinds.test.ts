import { expect } from 'chai';
import { bytes, count, duration, type Kind, nodeList } from '../../../src/config/kinds.js';
import { port } from '../../../src/config/network-kinds.js';

/** The value, or `refused`. */
function parse<T>(kind: Kind<T>, text: string): T | 'refused' {
  const parsed = kind.parse(text);
  return 'value' in parsed ? parsed.value : 'refused';
}

describe('kinds of values', () => {
  it('reads durations as seconds or with a unit, to milliseconds', () => {
    const kind = duration({ min: 0.001, max: 604_800 });
    const texts = ['0.1', '.5', '90', '90s', '15m', '24h', '7d', '1w'];
    expect(texts.map((text) => parse(kind, text))).to.deep.equal([
      100, 500, 90_000, 90_000, 900_000, 86_400_000, 604_800_000, 604_800_000,
    ]);
    for (const text of ['', '-1', '0', '1 hour', '1e3', 'inf', '8d', '1mo', '0x10'])
      expect(parse(kind, text), text).to.equal('refused');
  });

  it('reads sizes with decimal and binary units', () => {
    const kind = bytes({ min: 1, max: 2 ** 40 });
    const texts = ['131072', '1.5kB', '64KiB', '8 MiB', '2GB', '1TiB'];
    expect(texts.map((text) => parse(kind, text))).to.deep.equal([
      131_072,
      1500,
      65_536,
      8_388_608,
      2e9,
      2 ** 40,
    ]);
    for (const text of ['', '0', '-1', '1K', '1mb', '2TiB', 'KiB'])
      expect(parse(kind, text), text).to.equal('refused');
  });

  it('reads whole numbers, and inf where a bound stands for it', () => {
    expect(parse(count({ min: 1, max: 10 }), '10')).to.equal(10);
    expect(parse(count({ min: 1, max: 10 }, 7), 'inf')).to.equal(7);
    for (const text of ['', '0', '11', '1.5', '+1', '1_0', 'inf', 'NaN'])
      expect(parse(count({ min: 1, max: 10 }), text), text).to.equal('refused');
  });

  it('takes port 0 only where it turns a listener off', () => {
    expect(parse(port(true), '0')).to.equal(0);
    expect(parse(port(false), '0')).to.equal('refused');
  });

  it('reads nodes, each a zone of its own unless it names one', () => {
    expect(parse(nodeList, 'a:z1,b')).to.deep.equal([
      { name: 'a', zone: 'z1' },
      { name: 'b', zone: 'b' },
    ]);
    for (const text of ['', 'a,', 'a:b:c', 'a.b', '../x', 'a b', '-a', `${'x'.repeat(65)}`])
      expect(parse(nodeList, text), text).to.equal('refused');
  });
});
