import { expect } from 'chai';
import { parseDestination } from '../../../src/config/destination.js';
import { CarbonbusError } from '../../../src/errors.js';

describe('a destination', () => {
  it('has a port in the digits of any script, as with Python', () => {
    expect(parseDestination('h:٢٠٠4:b')).to.deep.equal({ host: 'h', port: 2004, instance: 'b' });
    expect(parseDestination('h:１２').port).to.equal(12);
    expect(parseDestination('h:𝟎𝟗').port).to.equal(9);
  });

  it('has brackets around its whole host or none', () => {
    expect(parseDestination('[a]:1').host).to.equal('a');
    for (const text of ['[a]b:1', '[a:1', '[a]', '7'])
      expect(() => parseDestination(text), text).to.throw(CarbonbusError);
  });

  it('needs a colon, which carbon takes for granted', () => {
    for (const text of ['2004', '7', 'h', '::1', ''])
      expect(() => parseDestination(text), text).to.throw(/host:port or host:port:instance/);
  });
});
