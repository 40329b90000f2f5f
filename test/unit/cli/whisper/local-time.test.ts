import { expect } from 'chai';
import { localTime } from '../../../../src/cli/whisper/text/local-time.js';
import { MemoryFiles } from '../../../support/memory-files.js';

describe('localTime', () => {
  const zoneBefore = process.env.TZ;
  afterEach(() => {
    if (zoneBefore === undefined) delete process.env.TZ;
    else process.env.TZ = zoneBefore;
  });

  it('is what the clocks of the zone show', () => {
    process.env.TZ = 'America/St_Johns';
    const wall = localTime(new MemoryFiles(), 'America/St_Johns')(1_700_003_045);
    expect(wall).to.include({ year: 2023, month: 11, day: 14, hour: 19, minute: 34, second: 5 });
    expect(wall.offsetS).to.equal(-12_600);
  });

  it('has no name for a zone where the time zone database is missing, but for UTC', () => {
    process.env.TZ = 'Europe/Berlin';
    expect(localTime(new MemoryFiles(), 'Europe/Berlin')(1_700_003_045).zone()).to.equal('');
    process.env.TZ = 'UTC';
    expect(localTime(new MemoryFiles(), 'UTC')(1_700_003_045).zone()).to.equal('UTC');
  });
});
