import { expect } from 'chai';
import { SettingsWatch } from '../../../src/cli/settings-watch.js';
import { loadSettings } from '../../../src/config/settings.js';
import { FakeLogger } from '../../support/fake-logger.js';
import { SimulatedClock } from '../../support/simulated-clock.js';

describe('SettingsWatch', () => {
  const clock = new SimulatedClock();
  let text: string;
  let loads = 0;
  let log: FakeLogger;
  let watch: SettingsWatch;

  beforeEach(() => {
    text = '[relay]\nBATCH_BYTES = 65536\n';
    log = new FakeLogger();
    watch = new SettingsWatch({
      read: () => text,
      load: () => {
        loads++;
        return loadSettings({ folder: 'conf', env: {}, read: () => text });
      },
      sections: ['relay', 'cluster'],
      clock,
      log,
      intervalMs: 1000,
    });
  });

  afterEach(() => watch.stop());

  function edit(edited: string): FakeLogger['lines'] {
    text = edited;
    log.lines.length = 0;
    clock.advance(3000);
    return log.lines;
  }

  it('says once which settings were changed, and that a restart is needed', () => {
    const [line, ...more] = edit('# moved\n[relay]\nBATCH_BYTES = 131072\n[cluster]\nEPOCH = 2\n');
    expect(line).to.deep.include({
      level: 'warn',
      fields: { changed: ['[cluster] EPOCH', '[relay] BATCH_BYTES'] },
    });
    expect(line.text).to.contain('restart');
    expect(more).to.have.length(0);
    expect(edit('[relay]\nBATCH_BYTES = 65536\n').map(({ level }) => level)).to.deep.equal([
      'info',
    ]);
  });

  it('says nothing of comments, and of sections that the process does not read', () => {
    expect(edit('# comment\n[relay]\nBATCH_BYTES = 65536\n[api]\nHTTP_PORT = 1\n')).to.have.length(
      0,
    );
  });

  it('says what would keep the process from starting again', () => {
    const [line, ...more] = edit('[relay]\nBATCH_BYTES = x\n');
    expect(line.level).to.equal('error');
    expect(JSON.stringify(line.fields)).to.contain('carbon.conf:2');
    expect(more).to.have.length(0);
  });

  it('loads the settings for an edit alone: that keeps everybody waiting for ten milliseconds', () => {
    const before = loads;
    clock.advance(60_000);
    expect(loads).to.equal(before);
    edit('[relay]\nBATCH_BYTES = 131072\n');
    expect(loads).to.equal(before + 1);
  });
});
