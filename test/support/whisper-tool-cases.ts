import { AGGREGATION_METHODS } from '../../src/storage/whisper/aggregation.js';
import type { ToolRun } from './debian-whisper.js';

/** What the tools take for the present. */
export const NOW = 1_700_003_045;
const ALL_FORMATS =
  '%a %A %b %B %c %C %d %D %e %F %g %G %h %H %I %j %k %l %m %M %n %p %P %r %R %s %S %t %T %u %U %V %w %W %x %X %y %Y %z %Z %%';
const FLAGGED = '%-d %_H %05d %^a %#Z %#p %10Y %5a %010D %Ey %Od %_z %-z %Q %+ %:z %';
const CORRUPT = [
  'zero-byte.wsp',
  'short.wsp',
  'header-cut.wsp',
  'foreign.wsp',
  'method.wsp',
  'factor.wsp',
  'missing.wsp',
  'sub',
];
const GOOD = [
  'a.wsp',
  'empty.wsp',
  'single.wsp',
  'odd größe.wsp',
  ...AGGREGATION_METHODS.map((method) => `${method}.wsp`),
];

/** One command line; TZ is UTC unless said. */
export interface Case {
  readonly words: readonly string[];
  readonly zone?: string;
}

export const of = (...words: string[]): Case => ({ words });

/** Runs that change no file. */
export const READING: readonly Case[] = [
  ...[...GOOD, ...CORRUPT, 'data-cut.wsp', 'no-archives.wsp'].flatMap((file) => [
    of('whisper-info', file),
    of('whisper-info', '--json', file),
  ]),
  ...['aggregationMethod', 'maxRetention', 'xFilesFactor', 'archives', 'fileSize', 'nonsense'].map(
    (field) => of('whisper-info', 'a.wsp', field),
  ),
  of('whisper-info', 'single.wsp', 'xFilesFactor', 'more'),
  ...GOOD.flatMap((file) => [
    of('whisper-fetch', file),
    of('whisper-fetch', `--from=${NOW - 3000}`, file),
    of('whisper-fetch', `--from=${NOW - 500}`, '--until', `${NOW - 100}`, file),
    of('whisper-fetch', `--from=${NOW - 500}`, '--json', file),
    of('whisper-fetch', '--json', file, '--pretty'),
    of('whisper-dump', file),
    of('whisper-dump', file, '--pretty'),
  ]),
  ...['zeroes', 'nulls', 'empty'].flatMap((what) => [
    of('whisper-fetch', '--drop', what, 'a.wsp', '--from', `${NOW - 600}`),
    of('whisper-fetch', `--drop=${what}`, '--json', '--from', `${NOW - 600}`, 'a.wsp'),
  ]),
  of('whisper-fetch', '--from', `${NOW - 5}`, 'a.wsp'),
  of('whisper-fetch', '--from', `${NOW + 500}`, '--until', `${NOW + 600}`, 'a.wsp'),
  of('whisper-fetch', '--from', '1', '--until', '2', 'a.wsp'),
  of('whisper-fetch', '--from', '1', '--until', `${NOW + 1000}`, 'a.wsp'),
  of('whisper-fetch', '--from', '-100', 'a.wsp'),
  of('whisper-fetch', '--from', '0x6553F000', 'a.wsp'),
  of('whisper-fetch', '--until', '1', 'a.wsp'),
  of('whisper-fetch', '--until', `${NOW - 1000}`, '--from', `${NOW - 100}`, 'a.wsp'),
  ...CORRUPT.flatMap((file) => [of('whisper-fetch', file), of('whisper-dump', file)]),
  of('whisper-dump', 'data-cut.wsp'),
  of('whisper-dump', 'no-archives.wsp'),
  ...['Europe/Berlin', 'America/St_Johns', 'Asia/Kolkata', 'America/Sao_Paulo', 'UTC', ''].flatMap(
    (zone): Case[] => [
      { zone, words: ['whisper-fetch', '--pretty', 'single.wsp'] },
      { zone, words: ['whisper-fetch', '--pretty', '-t', ALL_FORMATS, 'single.wsp'] },
      { zone, words: ['whisper-fetch', '--pretty', '--time-format', FLAGGED, 'single.wsp'] },
      { zone, words: ['whisper-dump', '--pretty', '-t%Y-%m-%dT%H:%M:%S%z', 'single.wsp'] },
      { zone, words: ['whisper-dump', '--pretty', 'single.wsp'] },
    ],
  ),
  of('whisper-fetch', '-t', '%s', 'single.wsp'),
  ...[
    ['a.wsp', 'b.wsp'],
    ['a.wsp', 'a.wsp'],
    ['a.wsp', 'empty.wsp'],
    ['odd größe.wsp', 'odd größe.wsp'],
  ].flatMap((files) =>
    [
      [],
      ['--summary'],
      ['--json'],
      ['--summary', '--json'],
      ['--columns'],
      ['--columns', '--no-headers'],
      ['--no-headers'],
      ['--summary', '--columns'],
      ['--summary', '--no-headers'],
      ['--ignore-empty'],
      ['--ignore-empty', '--json'],
      ['--until', `${NOW - 120}`],
      ['--until', `${NOW - 4000}`, '--summary'],
      ['--until', '0'],
    ].map((options) => of('whisper-diff', ...options, ...files)),
  ),
  of('whisper-diff', 'a.wsp', 'single.wsp'),
  of('whisper-diff', 'a.wsp', 'missing.wsp'),
  of('whisper-diff', 'foreign.wsp', 'a.wsp'),
  of('whisper-create', '--estimate', '10:60'),
  of('whisper-create', '--estimate', '10s:6h,1m:7d,10m:5y'),
  of('whisper-create', '--estimate', '1min:2hours', '15m:30days'),
  of('whisper-create', '--estimate', '1:50y'),
  of('whisper-create', '--estimate', '10:60', 'nonsense', '60:60'),
  of('whisper-create', '--estimate', '1fortnight:60'),
];

/** Runs that may change files. */
export const CHANGING: readonly Case[] = [
  of('whisper-create', 'new.wsp', '10:60', '60:60'),
  of('whisper-create', 'new.wsp', '60:60', '10s:10m', '--sparse'),
  of('whisper-create', 'new.wsp', '1h:7d', '--fallocate', '--xFilesFactor', '0.25'),
  of('whisper-create', '--aggregationMethod=avg_zero', '--xFilesFactor=1', 'new.wsp', '1h:7d'),
  of('whisper-create', 'a.wsp', '10:60'),
  of('whisper-create', '--overwrite', 'a.wsp', '10:60'),
  of('whisper-create', '--overwrite', 'new.wsp', '10:60'),
  of('whisper-create', 'new.wsp', '10:60', '15:60'),
  of('whisper-create', 'new.wsp', '10:60', '10:70'),
  of('whisper-create', 'new.wsp', '10:5', '60:60'),
  of('whisper-create', 'new.wsp', '10:600', '60:60'),
  of('whisper-create', 'new.wsp', 'nonsense'),
  of('whisper-create', 'nowhere/new.wsp', '10:60'),
  of('whisper-update', 'a.wsp', `${NOW - 30}:17.5`),
  of('whisper-update', 'a.wsp', 'N:1e3'),
  of('whisper-update', 'empty.wsp', ` ${NOW - 5} : 0x10`),
  of('whisper-update', 'empty.wsp', `${NOW - 5}:nan`),
  of('whisper-update', 'empty.wsp', `${NOW - 3000}:1_0.5`),
  of('whisper-update', 'empty.wsp', `${NOW - 5}:1`, `${NOW - 15}:2`, 'N:3', `${NOW - 900}:-4`),
  of('whisper-update', 'a.wsp', `${NOW - 5}:1`, `${NOW - 5}:2`, `${NOW - 99}:3`, '5:5'),
  of('whisper-update', 'a.wsp', `${NOW + 100}:1`),
  of('whisper-update', 'a.wsp', `${NOW - 90000}:1`),
  of('whisper-update', 'a.wsp', '1.5:1'),
  of('whisper-update', 'a.wsp', '1:1:1'),
  of('whisper-update', 'a.wsp', 'N'),
  of('whisper-update', 'a.wsp', 'N:x'),
  of('whisper-update', 'a.wsp', '--', '-5:1', `${NOW - 5}:7`),
  of('whisper-update', 'missing.wsp', 'N:1'),
  of('whisper-update', 'foreign.wsp', 'N:1'),
  ...AGGREGATION_METHODS.map((method) => of('whisper-set-aggregation-method', 'a.wsp', method)),
  of('whisper-set-aggregation-method', 'a.wsp', 'sum', '0.75'),
  of('whisper-set-aggregation-method', 'a.wsp', 'sum', '7'),
  of('whisper-set-aggregation-method', 'a.wsp', 'sum', 'x'),
  of('whisper-set-aggregation-method', 'a.wsp', 'sum', '0.5', 'more'),
  of('whisper-set-aggregation-method', 'a.wsp', 'median'),
  of('whisper-set-aggregation-method', 'foreign.wsp', 'sum'),
  of('whisper-set-xfilesfactor', 'a.wsp', '0.7'),
  of('whisper-set-xfilesfactor', 'a.wsp', '1'),
  of('whisper-set-xfilesfactor', 'a.wsp', '1.5'),
  of('whisper-set-xfilesfactor', 'a.wsp', '-0.5'),
  of('whisper-set-xfilesfactor', 'foreign.wsp', '0.5'),
  ...['a.wsp', 'empty.wsp', 'single.wsp', 'sum.wsp', 'odd größe.wsp'].flatMap((file) => [
    of('whisper-resize', file, '10:120', '60:240'),
    of('whisper-resize', file, '1m:2h', '1h:7d', '--nobackup', '--force'),
    of('whisper-resize', '--newfile', 'new.wsp', file, '20:2h'),
  ]),
  of(
    'whisper-resize',
    '--xFilesFactor',
    '0.9',
    '--aggregationMethod=max',
    'a.wsp',
    '10:10',
    '60:60',
  ),
  of('whisper-resize', 'a.wsp', '10:10', '15:60'),
  of('whisper-resize', 'max.wsp', '10:120'),
  of('whisper-resize', 'a.wsp', 'nonsense'),
  of('whisper-resize', 'foreign.wsp', '10:10'),
  of('whisper-resize', '--newfile', 'b.wsp', 'a.wsp', '10:10'),
  of('whisper-merge', 'a.wsp', 'b.wsp'),
  of('whisper-merge', 'a.wsp', 'empty.wsp'),
  of('whisper-merge', 'empty.wsp', 'a.wsp'),
  of('whisper-merge', `--from=${NOW - 400}`, '--until', `${NOW - 100}`, 'a.wsp', 'b.wsp'),
  of('whisper-merge', '--until', `${NOW - 1000}`, 'a.wsp', 'b.wsp', 'more'),
  of('whisper-merge', '--from', '50', '--until', '10', 'a.wsp', 'b.wsp'),
  of('whisper-merge', 'a.wsp', 'single.wsp'),
  of('whisper-merge', 'a.wsp', 'missing.wsp'),
  of('whisper-merge', 'missing.wsp', 'a.wsp'),
  of('whisper-merge', 'foreign.wsp', 'a.wsp'),
  of('whisper-fill', 'a.wsp', 'b.wsp'),
  of('whisper-fill', '--lock', 'a.wsp', 'b.wsp'),
  of('whisper-fill', 'a.wsp', 'empty.wsp'),
  of('whisper-fill', 'sum.wsp', 'a.wsp'),
  of('whisper-fill', 'a.wsp', 'single.wsp'),
  of('whisper-fill', 'missing.wsp', 'a.wsp'),
  of('whisper-fill', 'a.wsp', 'foreign.wsp'),
  of('find-corrupt-whisper-files', '.'),
  of('find-corrupt-whisper-files', '--verbose', '.'),
  of('find-corrupt-whisper-files', '--verbose', 'sub/../sub/deep', 'sub/other', 'bare'),
  of('find-corrupt-whisper-files', '--delete-corrupt', '.'),
  of('find-corrupt-whisper-files', '--delete-corrupt', '--verbose', 'sub'),
];

/** Runs that end with the program's help, which is ours and not a copy. */
export const WRONG: readonly Case[] = [
  of('whisper-info'),
  of('whisper-info', '--nonsense', 'a.wsp'),
  of('whisper-fetch'),
  of('whisper-fetch', 'a.wsp', 'b.wsp'),
  of('whisper-fetch', '--from', 'x', 'a.wsp'),
  of('whisper-fetch', '--from'),
  of('whisper-fetch', '--drop', 'all', 'a.wsp'),
  of('whisper-dump'),
  of('whisper-dump', 'a.wsp', 'b.wsp'),
  of('whisper-create'),
  of('whisper-create', 'new.wsp'),
  of('whisper-create', '--estimate'),
  of('whisper-create', '--xFilesFactor', 'x', 'new.wsp', '10:10'),
  of('whisper-update', 'a.wsp'),
  of('whisper-update', 'a.wsp', '-x'),
  of('whisper-resize', 'a.wsp'),
  of('whisper-resize', 'missing.wsp', '10:10'),
  of('whisper-merge', 'a.wsp'),
  of('whisper-merge', '--until', '1h', 'a.wsp', 'b.wsp'),
  of('whisper-fill', 'a.wsp'),
  of('whisper-fill', 'a.wsp', 'b.wsp', 'c.wsp'),
  of('whisper-diff', 'a.wsp'),
  of('whisper-diff', 'a.wsp', 'b.wsp', 'c.wsp'),
  of('whisper-set-aggregation-method', 'a.wsp'),
  of('whisper-set-aggregation-method', 'missing.wsp', 'sum'),
  of('whisper-set-xfilesfactor', 'a.wsp'),
  of('whisper-set-xfilesfactor', 'a.wsp', 'x'),
  of('whisper-set-xfilesfactor', 'a.wsp', '0.5', 'more'),
  of('whisper-set-xfilesfactor', 'missing.wsp', '0.5'),
  of('find-corrupt-whisper-files'),
  of('find-corrupt-whisper-files', 'nowhere'),
  of('find-corrupt-whisper-files', 'a.wsp'),
  ...['info', 'fetch', 'dump', 'create', 'update', 'resize', 'merge', 'fill', 'diff'].map((tool) =>
    of(`whisper-${tool}`, '--help'),
  ),
  of('find-corrupt-whisper-files', '-h'),
];

export function runOf({ words: [tool, ...args], zone = 'UTC' }: Case, folder: string): ToolRun {
  return { tool, args, folder, nowS: NOW, zone };
}
