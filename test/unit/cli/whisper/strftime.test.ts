import { expect } from 'chai';
import { ctime, strftime, type WallTime } from '../../../../src/cli/whisper/text/strftime.js';

/** A time in UTC, written `2023-11-15 00:04:05`. */
function at(text: string): WallTime {
  const [year, month, day, hour, minute, second] = text.split(/[-: ]/).map(Number);
  const epochS = Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
  return { epochS, year, month, day, hour, minute, second, offsetS: 3600, zone: () => 'CET' };
}

const NIGHT = at('2023-11-05 00:04:05');

describe('strftime', () => {
  it('writes each part of a time', () => {
    const texts: Record<string, string> = {
      '%a %A': 'Sun Sunday',
      '%b %B %h': 'Nov November Nov',
      '%c': 'Sun Nov  5 00:04:05 2023',
      '%C|%y|%Y|%G|%g': '20|23|2023|2023|23',
      '%d|%e|%j': '05| 5|309',
      '%D %x %F': '11/05/23 11/05/23 2023-11-05',
      '%H|%I|%k|%l': '00|12| 0|12',
      '%M|%S|%s': '04|05|1699142645',
      '%p %P %r': 'AM am 12:04:05 AM',
      '%R %T %X': '00:04 00:04:05 00:04:05',
      '%u %w': '7 0',
      '%z %Z': '+0100 CET',
      '%n%t%%': '\n\t%',
    };
    for (const [format, text] of Object.entries(texts))
      expect(strftime(format, NIGHT)).to.equal(text);
  });

  it('counts the weeks of a year in three ways', () => {
    const weeks: Record<string, string> = {
      '2021-01-03 12:00:00': '01 00 53 2020',
      '2021-01-04 12:00:00': '01 01 01 2021',
      '2024-12-30 12:00:00': '52 53 01 2025',
      '2023-01-01 12:00:00': '01 00 52 2022',
      '2020-12-31 12:00:00': '52 52 53 2020',
    };
    for (const [day, text] of Object.entries(weeks))
      expect(strftime('%U %W %V %G', at(day)), day).to.equal(text);
  });

  it('pads, and changes the case, as flags and widths say', () => {
    const texts: Record<string, string> = {
      '%-d|%_d|%5d|%_5d|%-5d': '5| 5|00005|    5|    5',
      '%-H|%_H|%0e|%_m': '0| 0|05|11',
      '%^a %#a %#Z %#p': 'SUN SUN cet am',
      '%10a|%010a|%6%': '       Sun|0000000Sun|     %',
      '%-z|%_z': '+100|+ 100',
      '%Ey %OH': '23 00',
    };
    for (const [format, text] of Object.entries(texts))
      expect(strftime(format, NIGHT)).to.equal(text);
  });

  it('leaves what it does not know', () => {
    expect(strftime('%Q %+ %:z 100%', NIGHT)).to.equal('%Q %+ %:z 100%');
  });

  it('writes zones west of Greenwich', () => {
    expect(strftime('%z', { ...NIGHT, offsetS: -12600 })).to.equal('-0330');
  });

  it('ctime', () => {
    expect(ctime(NIGHT)).to.equal('Sun Nov  5 00:04:05 2023');
  });
});
