import { expect } from 'chai';
import type { Parameter } from '../../../../src/query/functions/parameter.js';
import { FUNCTIONS } from '../../../../src/query/functions/registry.js';
import { Random } from '../../../support/random.js';
import { type RenderApp, renderApp } from '../../../support/render-app.js';

const SEED = Number(process.env.FUZZ_SEED ?? 20_260_322);
const ROUNDS = Number(process.env.FUZZ_ROUNDS ?? 600);
/** Of CPU, which does not depend on who else is at work here. */
const CPU_MS_MAX = 1_000;

const PATHS = [
  ...['servers.*.cpu.user', 'servers.web01.cpu.user', '*.*.*', '**', 'edge.*', 'mixed.{a,b,c}'],
  ...['no.such', '', '*', 'a.{b,c', 'servers.{web01,db01}.*.*', 'seriesByTag("name=cpu")'],
];
const PATTERNS = [
  ...['(a+)+$', '(a|a)*$', '(.*)*x', '((a*)*)*$', '(x+x+)+y', '^(([a-z])+.)+[A-Z]([a-z])+$'],
  ...['a{1,1000}{1,1000}', '(?:(?:(?:a{1,100}){1,100}){1,100})', '\\1', '[', '(', '*', 'é+'],
];
const NUMBERS = [
  ...['0', '-1', '1', '3', '1e308', '1e309', '1e-320', '99999999999999999999', '0.0000001'],
  ...['NaN', 'inf', '-inf', '1e9', '2147483648', '9007199254740993', '0x10', '١٢', '1e', '--1'],
];
const TEXTS = [
  ...['""', '"1min"', '"-1h"', '"1s"', '"0s"', '"99999999y"', '"1e9d"', '"sum"', '"nosuch"'],
  ...[
    '"é😀"',
    '"\u0000"',
    '"%s"',
    '"\\\\"',
    '"now"',
    '"-9999999999d"',
    'None',
    'true',
    '"unclosed',
  ],
];
const ODD = [
  ...['(', ')', '"', "'", '{', '}', '[', '|', ',', '\\', '\0', '*', '=', 'é', '😀', '\ud800', '$'],
];
const FORMATS = [
  'json',
  'csv',
  'raw',
  'pickle',
  'msgpack',
  'dygraph',
  'rickshaw',
  'carbonapi_v2_pb',
];
const FROMS = ['-10min', '-1h', '-1d', '-10y', '0', '-1e9d', 'now', ''];
const UNTILS = ['now', '1700000000', '+10y', '-1min', '99999999999'];

/** Targets that are nearly good, from one seed. */
class Targets {
  readonly #random: Random;
  readonly #functions = [...FUNCTIONS];

  constructor(random: Random) {
    this.#random = random;
  }

  next(): string {
    const call = this.#call(0);
    return this.#random.chance(0.3) ? this.#damaged(call) : call;
  }

  #call(depth: number): string {
    const random = this.#random;
    const [name, { params }] = random.pick(this.#functions);
    const count = random.int(0, Math.min(5, params.length + 1));
    const args = Array.from({ length: count }, (_, i) => this.#argument(params[i], depth));
    return `${name}(${args.join(',')})`;
  }

  #argument(parameter: Parameter | undefined, depth: number): string {
    const random = this.#random;
    const type = random.chance(0.7) ? (parameter?.type ?? '') : '';
    if (/series/i.test(type))
      return depth < 3 && random.chance(0.4) ? this.#call(depth + 1) : random.pick(PATHS);
    if (/int|float|node/i.test(type)) return random.pick(NUMBERS);
    if (type !== '' && random.chance(0.5)) return random.pick(TEXTS);
    return random.pick([
      random.pick(PATHS),
      random.pick(NUMBERS),
      random.pick(TEXTS),
      JSON.stringify(random.pick(PATTERNS)),
    ]);
  }

  #damaged(target: string): string {
    const random = this.#random;
    const at = random.int(0, target.length);
    const end = random.int(at, target.length);
    return random.pick([
      target.slice(0, at) + target.slice(end),
      target.slice(0, end) + target.slice(at),
      target.slice(0, at) + random.pick(ODD) + target.slice(at),
    ]);
  }
}

describe('fuzzed queries', function () {
  this.timeout(120_000);
  let app: RenderApp;

  before(async () => {
    app = await renderApp();
  });
  after(() => app.close());

  it(`are answered or refused, soon, and never fail (FUZZ_SEED=${SEED})`, async () => {
    const random = new Random(SEED);
    const targets = new Targets(random);
    for (let round = 0; round < ROUNDS; round++) {
      const asked = new URLSearchParams({
        target: targets.next(),
        format: random.pick(FORMATS),
        from: random.pick(FROMS),
        until: random.pick(UNTILS),
      });
      const before = process.cpuUsage();
      const { statusCode, body } = await app.http.inject({
        method: 'POST',
        url: '/render',
        headers: { 'content-type': 'application/x-www-form-urlencoded' },
        payload: asked.toString(),
      });
      const { user, system } = process.cpuUsage(before);
      const what = `${[...asked].join(' ')}: ${statusCode} ${body.slice(0, 300)}`;
      expect(statusCode, what).to.be.oneOf([200, 400, 404, 413, 422]);
      if (statusCode !== 200) {
        const { error } = JSON.parse(body) as { error: string };
        expect(error.split(' ').length, what).to.be.greaterThan(2);
        expect(error.length, what).to.be.lessThan(1_000);
      }
      expect((user + system) / 1000, `ms of ${what}`).to.be.lessThan(CPU_MS_MAX);
    }
  });
});
