import { FUNCTIONS } from '../../src/query/functions/registry.js';
import type { Random } from './random.js';

export interface RawRequest {
  readonly method?: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' };
const METRICS = 'servers.*.cpu';
const PATTERNS = [
  ...['(a+)+$', '(a|a)*$', '(.*)*x', '((a*)*)*b', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'],
  ...[
    '(?:(?:(?:a{1,100}){1,100}){1,100})x',
    '(a?){40}a{40}',
    '.*.*.*.*.*.*.*.*x',
    '(?=(a+))\\1{9}b',
  ],
  ...['a{1,1000}{1,1000}', '(?P<n>a+)+(?P=n)$', '[', '(', '*', '\\', '(?<x', '('.repeat(500)],
];
const NUMBERS = [
  ...['-1', '0', '1e308', '-1e308', '1e309', 'NaN', 'inf', '-inf', '1e-320', '9'.repeat(400)],
  ...['2147483648', '-9007199254740993', '0x10', '1.5', '٣', '\0', '""', '"-1"', 'None'],
];
const TIMES = [
  ...[
    '-100y',
    '-99999999999d',
    `-${'9'.repeat(400)}d`,
    '99999999999999999999',
    '-1',
    'bogus',
    '\0',
  ],
  ...['NaN', '1e9', '1970-01-01', '99:99_99999999', 'now', '-1s'],
];
const GLOBS = [
  ...['{a,b}'.repeat(60), `servers.${'{*,*}'.repeat(13)}`, '*?'.repeat(500), '*'.repeat(5_000)],
  ...[`servers.${'*?'.repeat(120)}z`, `servers.${'*a'.repeat(500)}`, `${'**.'.repeat(250)}x`],
  ...['{'.repeat(5_000), '}{'.repeat(2_000), `a${'{b,'.repeat(2_000)}c${'}'.repeat(2_000)}`],
  ...[
    '['.repeat(4_000),
    'servers.[z-a]',
    'servers.[!]',
    'servers.*\\*',
    '\\'.repeat(5_000),
    'a\0b',
  ],
  ...['{a,}'.repeat(13), `${'{a,}.'.repeat(200)}x`, 'a.'.repeat(5_000), '....', 'é', '\ud800'],
];
const BYTES = ['%', '%zz', '%ff%fe', '%c0%80', '%00', '%u0041', '%f0%9f%98', '\u00e9', '%ed%a0%80'];
const TYPES = [
  ...[
    'application/json',
    'text/xml',
    ';;;',
    'multipart/form-data',
    'multipart/form-data; boundary=x',
  ],
  ...['application/octet-stream', 'application/x-www-form-urlencoded; charset=utf-16', 'a/b/c'],
];

const query = (path: string, asked: Record<string, string> | readonly [string, string][]) => ({
  path: `${path}?${new URLSearchParams(asked as Record<string, string>)}`,
});
const form = (path: string, asked: Record<string, string>): RawRequest => ({
  method: 'POST',
  path,
  headers: FORM,
  body: new URLSearchParams(asked).toString(),
});
const render = (target: string, more: Record<string, string> = {}): RawRequest =>
  form('/render', { target, format: 'json', from: '-5min', ...more });

function nested(random: Random): string {
  const depth = random.pick([90, 500, 10_000]);
  const [open, close] = random.pick([
    ['sumSeries(', ')'],
    ['absolute(', ')'],
    ['template(', ')'],
    ['{', '}'],
    ['(', ')'],
    ['a|', ''],
  ]);
  return `${open.repeat(depth)}${METRICS}${close.repeat(random.chance(0.5) ? depth : 0)}`;
}

function anyCall(random: Random): string {
  const name = random.pick([...FUNCTIONS.keys(), 'nosuch', '__proto__']);
  const texts = ['"1min"', '"-99999999y"', '"sum"', '"0s"', `"${'x'.repeat(5_000)}"`, '"\0"', "'"];
  const args = Array.from({ length: random.int(0, 4) }, (_, i) =>
    i === 0 ? random.pick([METRICS, '**', '']) : random.pick([...NUMBERS, ...texts]),
  );
  return `${name}(${args.join(',')})`;
}

/** Each makes one kind of request that asks for nothing sensible, and most of them for too much. */
export const hostileRequests: readonly ((random: Random) => RawRequest)[] = [
  (random) => render(nested(random)),
  (random) => render(anyCall(random), { from: random.pick(TIMES) }),
  (random) => render(anyCall(random)),
  (random) => {
    const pattern = JSON.stringify(random.pick(PATTERNS));
    const long = `alias(${METRICS},"${'a'.repeat(40)}!")`;
    return render(
      random.pick([
        `grep(${long},${pattern})`,
        `aliasSub(${long},${pattern},"x")`,
        `exclude(${METRICS},${pattern})`,
        `seriesByTag("name=load",${JSON.stringify(`host=~${random.pick(PATTERNS)}`)})`,
      ]),
    );
  },
  (random) => {
    const pattern = random.pick(PATTERNS);
    const expr = random.pick([`host=~${pattern}`, `host!=~${pattern}`, `dc=~${pattern}`]);
    return random.pick([
      query('/tags/findSeries', { expr }),
      form('/tags/findSeries', { expr }),
      query('/tags/autoComplete/tags', { expr, limit: random.pick(NUMBERS) }),
      query('/tags/autoComplete/values', { tag: 'host', expr }),
      query('/tags/host', { filter: pattern }),
      query('/tags', { filter: pattern }),
    ]);
  },
  (random) => {
    const glob = random.pick(GLOBS);
    return random.pick([
      form('/metrics/find', { query: glob, format: random.pick(['treejson', 'completer', 'x']) }),
      form('/metrics/expand', { query: glob, groupByExpr: random.pick(NUMBERS) }),
      render(glob),
      render(`sumSeries(${glob})`),
    ]);
  },
  (random) => {
    const name = random.pick(['maxDataPoints', 'xFilesFactor', 'cacheTimeout', 'width', 'format']);
    const format = random.pick(['json', 'svg', 'csv', 'msgpack', 'dygraph']);
    return render(METRICS, { format, [name]: random.pick(NUMBERS), tz: random.pick(TIMES) });
  },
  (random) => {
    const name = random.pick(['target', 'query', 'expr', 'from', 'p']);
    const value = random.pick(['a', '**', 'host=~.*', METRICS]);
    const count = random.pick([2, 1_000, 20_000]);
    const path = random.pick([
      '/render?format=json',
      '/metrics/find',
      '/metrics/expand',
      '/tags/findSeries',
    ]);
    return {
      method: 'POST',
      path,
      headers: FORM,
      body: Array(count).fill(`${name}=${value}`).join('&'),
    };
  },
  (random) => {
    const path = random.pick(['/render?format=json&target=', '/metrics/find?query=', '/tags/']);
    return { path: encodeURI(`${path}${random.pick(BYTES)}`).replaceAll('%25', '%') };
  },
  (random) => ({
    method: random.pick(['POST', 'PUT', 'DELETE', 'PATCH', 'TRACE']),
    path: random.pick(['/render', '/metrics/find', '/tags/tagSeries', '/events/', '/nosuch']),
    headers: { 'content-type': random.pick(TYPES) },
    body: random.pick(['', '{', '['.repeat(50_000), '\0\xff', 'target=a', '{"__proto__":{"x":1}}']),
  }),
  (random) => ({
    method: 'POST',
    path: random.pick(['/render', '/metrics/find', '/tags/tagMultiSeries', '/events/']),
    headers: FORM,
    body: Buffer.alloc(random.pick([1e6, 8e6, 32e6]), random.pick(['a', '&', '=', '%', '['])),
  }),
  (random) => {
    const path = random.pick([
      ...['/functions/__proto__', '/functions/%00', '/events/NaN', '/events/-1', '/info?target=**'],
      ...[
        '/info',
        '/tags/..%2f..',
        '/..%2f..%2fetc/passwd',
        '//render?target=a',
        '/events/get_data',
      ],
      ...['/metrics/index.json', '/render/?format=protobuf&target=*', '/audit?metric=%00'],
    ]);
    const glue = path.includes('?') ? '&' : '?';
    return {
      path: `${path}${glue}${new URLSearchParams({ from: random.pick(TIMES), jsonp: 'a(' })}`,
    };
  },
];
