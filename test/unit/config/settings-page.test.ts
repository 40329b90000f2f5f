import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { settingsPage } from '../../../src/config/settings-page.js';

describe('docs/configuration.md', () => {
  it('is what the table of settings says (else: node scripts/configuration-page.mjs)', () => {
    expect(readFileSync('docs/configuration.md', 'utf8')).to.equal(settingsPage());
  });
});
