import { expect } from 'chai';
import { CrelayRing } from '../../../../src/routing/rings/crelay-ring.js';

describe('CrelayRing', () => {
  it('gives a place that two of one address share to the one with an instance', () => {
    const servers = ['7', null, '9', '2'].map((instance, i) => ({
      ...{ host: '127.0.0.1', port: 2003 + i },
      instance,
    }));
    const { entries } = new CrelayRing('carbon_ch', servers);
    const shared = entries.filter((entry, i) => entries[i - 1]?.position === entry.position);
    // As carbon-c-relay 3.7.3 prints them (`-d`).
    expect(shared).to.deep.equal([
      { position: 15382, server: 0 },
      { position: 26005, server: 2 },
    ]);
  });
});
