import { existsSync, readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { expect } from 'chai';
import { CARBON_KEYS_NOT_READ, whyNotRead } from '../../../src/config/carbon-keys.js';
import { loadSettings } from '../../../src/config/settings.js';
import { SETTINGS, type Setting } from '../../../src/config/settings-table.js';

/** What Debian's graphite-carbon brings: the configuration as installed, and upstream's example. */
const FILES = [
  '/etc/carbon/carbon.conf',
  '/usr/share/doc/graphite-carbon/examples/carbon.conf.example.gz',
];

function load(text: string) {
  return loadSettings({ folder: '/etc/carbon', env: {}, read: () => text });
}

/** A file of Carbon's; the test is skipped, with a line that says so, where it is missing. */
function carbonFile(context: Mocha.Context, path: string): string {
  if (!existsSync(path)) {
    console.log(`  skipping: ${path} is missing (Debian package graphite-carbon)`);
    return context.skip();
  }
  const bytes = readFileSync(path);
  return (path.endsWith('.gz') ? gunzipSync(bytes) : bytes).toString('utf8');
}

/** The file with every setting that it shows as an example in force. */
function uncommented(text: string): string {
  const seen = new Set<string>();
  return text
    .split('\n')
    .map((line) => {
      if (/^\[|^#\[/.test(line)) seen.clear();
      const key = /^(?:#\s?)?([A-Z][A-Z_0-9]+)\s*=/.exec(line)?.[1];
      if (key === undefined || seen.has(key)) return line.startsWith('[') ? line : '';
      seen.add(key);
      return line.replace(/^#\s?/, '');
    })
    .join('\n');
}

describe('a carbon.conf of Carbon’s', () => {
  for (const path of FILES) {
    it(`is taken as it is: ${path}`, function () {
      const loaded = load(carbonFile(this, path));
      expect('errors' in loaded ? loaded.errors : []).to.deep.equal([]);
      expect(loaded.warnings.filter((line) => line.includes('unknown'))).to.deep.equal([]);
      expect(loaded.notes).not.to.have.length(0);
    });

    it(`has no setting that is unknown: ${path}`, function () {
      const loaded = load(uncommented(carbonFile(this, path)));
      expect(loaded.warnings.filter((line) => line.includes('unknown'))).to.deep.equal([]);
    });
  }

  it('is told of each setting without effect why that is so', () => {
    const text = `[cache]\n${CARBON_KEYS_NOT_READ.map((key) => `${key} = 1`).join('\n')}`;
    const { notes, warnings } = load(text);
    expect(warnings.filter((line) => line.includes('unknown'))).to.deep.equal([]);
    expect(notes.every((line) => /have? no effect: .|has no effect: ./.test(line))).to.equal(true);
    expect(whyNotRead('DATABASE')).to.match(/whisper/);
    expect(whyNotRead('NOT_CARBONS')).to.equal(undefined);
  });

  it('is not told so of a setting that has an effect', () => {
    const read = Object.values(SETTINGS).flatMap((table) =>
      Object.values<Setting<unknown>>(table).map(({ key }) => key),
    );
    expect(CARBON_KEYS_NOT_READ.filter((key) => read.includes(key))).to.deep.equal([]);
  });

  it('is told of a destination that is the relay itself', () => {
    const warningsOf = (relay: string) =>
      load(`[relay]\n${relay}`).warnings.filter((line) => line.includes('round for ever'));
    const own = ['127.0.0.1:2004:a', 'localhost:2003', '[::1]:2005', '0.0.0.0:2004'];
    for (const destination of own)
      expect(
        warningsOf(`DESTINATIONS = ${destination}, 10.1.1.1:2004`),
        destination,
      ).to.have.length(1);
    expect(warningsOf('DESTINATIONS = 10.1.1.1:2004, 127.0.0.1:2104')).to.have.length(0);
    expect(warningsOf('PICKLE_RECEIVER_PORT = 2014\nDESTINATIONS = 127.0.0.1:2004')).to.have.length(
      0,
    );
    const other = 'PICKLE_RECEIVER_INTERFACE = 10.1.1.1\nDESTINATIONS =';
    expect(warningsOf(`${other} 10.1.1.1:2004`)).to.have.length(1);
    expect(warningsOf(`${other} 127.0.0.1:2004`)).to.have.length(0);
  });
});
