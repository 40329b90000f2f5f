import { expect } from 'chai';
import fc from 'fast-check';
import { BadRequest } from '../../../src/query/bad-request.js';
import { timeZone, UTC } from '../../../src/query/time-zone.js';
import { parseTime } from '../../../src/query/times.js';
import { parseWindow } from '../../../src/query/window.js';

const NOW_S = 1_700_000_000;

function message(text: string): string {
  const result = parseTime(text, NOW_S, UTC, 'until');
  return result instanceof BadRequest ? result.message : `time ${result}`;
}

describe('parseTime', () => {
  it('names the parameter and what was wrong', () => {
    expect(message('bogus')).to.equal('until: "bogus" is no time');
    expect(message('-30m')).to.equal('until: "m" is no unit of time: s, min, h, d, w, mon or y');
    expect(message('-1')).to.equal('until: "-1" is no time span: a number and a unit');
    expect(message('9'.repeat(300))).to.match(/^until: "9{60}\.\.\." is out of range$/);
    expect(message('+9999y')).to.equal('until: "+9999y" is out of range');
  });

  it('takes what has two slashes for a date and nothing else', () => {
    expect(parseTime('11/14/23', NOW_S, UTC, 'until')).to.equal(1_699_920_000);
    expect(message('mon/14/23')).to.equal('until: "mon/14/23" is no time');
  });

  it('takes the digits of any script, as Python does', () => {
    for (const text of [
      '١٧٠٠٠٠٠٠٠٠',
      '１７００００００００',
      '8:٣0_20２３1114',
      'now-٩９min',
      '𝟎𝟕:15',
    ])
      expect(message(text), text).to.match(/^time \d+$/);
    expect(parseTime('-٩min', NOW_S, UTC, 'from')).to.equal(NOW_S - 540);
    expect(message('²')).to.equal('until: "²" is no time');
    expect(message('-²s')).to.equal('until: "-²s" is no time span: a number and a unit');
  });

  it('refuses what Python cannot say: years before 1 and after 9999', () => {
    expect(message('-3000y')).to.equal('until: "-3000y" is out of range');
    expect(message(`-${'9'.repeat(400)}s`)).to.match(/ is out of range$/);
    expect(message('253402300800')).to.equal('until: "253402300800" is out of range');
    expect(message('-1900y')).to.match(/^time -\d+$/);
  });

  it('is a time or a bad request, whatever it is given', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 20 }), (text) => {
        const result = parseTime(text, NOW_S, UTC, 'from');
        expect(result instanceof BadRequest || Number.isFinite(result)).to.equal(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('timeZone', () => {
  it('knows the zones of the tz database, and no offsets', () => {
    expect(timeZone('Europe/Berlin')?.wallOf(NOW_S)).to.equal(NOW_S + 3600);
    expect(timeZone('Asia/Kathmandu')?.wallOf(NOW_S)).to.equal(NOW_S + 20_700);
    for (const name of ['No/Such', '', '+01:00', '../x'])
      expect(timeZone(name)).to.equal(undefined);
  });

  it('leaves the clocks as they are at the end of 2037, as Python does', () => {
    const july2050 = Date.UTC(2050, 6) / 1000;
    expect(timeZone('Europe/Berlin')?.wallOf(july2050)).to.equal(july2050 + 3600);
    expect(timeZone('Australia/Sydney')?.wallOf(july2050)).to.equal(july2050 + 11 * 3600);
  });

  it('finds the instant of each wall-clock time', () => {
    const zones = ['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia'];
    fc.assert(
      fc.property(fc.constantFrom(...zones), fc.integer({ min: 0, max: 2e9 }), (name, epochS) => {
        const zone = timeZone(name)!;
        const wallS = zone.wallOf(epochS);
        expect(zone.wallOf(zone.epochOf(wallS))).to.equal(wallS);
      }),
    );
  });
});

describe('parseWindow', () => {
  it('is the last day unless told otherwise', () => {
    expect(parseWindow({}, NOW_S, UTC)).to.include({ fromS: NOW_S - 86_400, untilS: NOW_S });
  });

  it('puts from and until in order and refuses an empty window', () => {
    const turned = parseWindow({ from: 'now', until: '-1h' }, NOW_S, UTC);
    expect(turned).to.include({ fromS: NOW_S - 3600, untilS: NOW_S });
    expect(parseWindow({ from: '-1h', until: '-1h' }, NOW_S, UTC)).to.be.instanceOf(BadRequest);
  });

  it('takes the zone of the request, or the default for one that is unknown', () => {
    const berlin = timeZone('Europe/Berlin')!;
    const midnight = (tz: string) => parseWindow({ from: 'midnight', tz }, NOW_S, berlin);
    expect(midnight('America/New_York')).to.include({ fromS: 1_699_938_000 });
    expect(midnight('No/Such')).to.include({ fromS: 1_699_916_400 });
  });
});
