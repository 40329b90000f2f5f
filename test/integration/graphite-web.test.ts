import { closeSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'chai';
import { ClusterUnderTest, eventually } from '../support/cluster.js';
import {
  askGraphiteWeb,
  GraphiteWebUnderTest,
  requireGraphiteWeb,
} from '../support/graphite-web.js';
import { callsMissingFunction } from '../support/missing-functions.js';
import { LineProducer, type Point } from '../support/producers.js';
import { Random } from '../support/random.js';

interface RenderedSeries {
  target: string;
  datapoints: [number | null, number][];
}

/** For each way in which graphite-web can be in front. */
const QUERIES = Number(process.env.GRAPHITE_WEB_QUERIES ?? 200);
const STEP_S = 10;
const HOSTS = Array.from({ length: 6 }, (_, i) => `web.host${String(i + 1).padStart(2, '0')}`);
const KINDS = ['cpu.user', 'cpu.system', 'mem.used', 'disk.sda', 'disk.sdb'];
const TAGGED = ['room.temperature;floor=1;room=a', 'room.temperature;floor=2;room=b'];
const METRICS = [...HOSTS.flatMap((host) => KINDS.map((kind) => `${host}.${kind}`)), ...TAGGED];

const PATHS = [
  'web.host01.cpu.user',
  'web.host03.disk.sdb',
  'web.host0[1-4].cpu.user',
  'web.host*.mem.used',
  'web.host{02,05,06}.cpu.*',
  'web.*.disk.sd?',
  ...TAGGED,
  'no.such.metric',
];
/** Where PATH stands, a path is put in. Those of functions that there are not yet are left out. */
const CALLS = [
  'alias(PATH,"renamed")',
  'aliasByNode(PATH,1,2)',
  'sumSeries(PATH)',
  'averageSeries(PATH)',
  'maxSeries(PATH)',
  'scale(PATH,2.5)',
  'offset(PATH,-3)',
  'absolute(PATH)',
  'keepLastValue(PATH,2)',
  'summarize(PATH,"5min","sum")',
  'summarize(PATH,"10min","avg",true)',
  'highestAverage(PATH,3)',
  'timeShift(PATH,"30min")',
  'derivative(PATH)',
  'removeAboveValue(PATH,60)',
  'groupByNode(PATH,1,"sum")',
].filter((call) => !callsMissingFunction([['target', call]]));

/** graphite-web's own client of cache queries, as its finders and its views of metadata use it. */
const CARBONLINK = `
import json, sys
import django
django.setup()
from graphite.carbonlink import CarbonLink, CarbonLinkRequestError
link = CarbonLink()
metrics = json.load(sys.stdin)
def refusal(ask):
    try:
        return 'not refused: %r' % (ask(),)
    except CarbonLinkRequestError as error:
        return str(error)
key = 'aggregationMethod'
print(json.dumps({
    'single': {metric: link.query(metric) for metric in metrics},
    'bulk': link.send_request({'type': 'cache-query-bulk', 'metric': metrics[0], 'metrics': metrics})['datapointsByMetric'],
    'methods': [link.get_metadata(metric, key) for metric in metrics],
    'changes': [link.set_metadata(metric, key, 'max') for metric in metrics],
    'changed': [link.get_metadata(metric, key) for metric in metrics],
    'unknown': link.query('no.such.metric'),
    'refused': [
        refusal(lambda: link.get_metadata('no.such.metric', key)),
        refusal(lambda: link.set_metadata(metrics[0], key, 'worst')),
    ],
}))
`;
/** As whisper files have it. */
const AGGREGATION_MAX = 4;

interface CarbonlinkAnswers {
  single: Record<string, [timestamp: number, value: number][]>;
  bulk: Record<string, [timestamp: number, value: number][]>;
  methods: string[];
  changes: { old_value: string; new_value: string }[];
  changed: string[];
  unknown: unknown[];
  refused: string[];
}

/** Points of two hours up to two minutes ago, with holes. */
function history(random: Random, nowS: number): Point[] {
  return METRICS.flatMap((metric) => {
    const points: Point[] = [];
    for (let timestamp = nowS - 7200; timestamp < nowS - 120; timestamp += STEP_S) {
      if (random.chance(0.05)) continue;
      points.push({ metric, timestamp, value: random.int(0, 100_000) / 1000 });
    }
    return points;
  });
}

function query(random: Random, nowS: number): string {
  const target = (): string => {
    const path = random.pick(PATHS);
    return random.chance(0.6) ? path : random.pick(CALLS).replaceAll('PATH', path);
  };
  const from = nowS - random.pick([300, 600, 1800, 3600, 7000, 30_000]);
  const params = new URLSearchParams({
    from: String(from),
    until: String(nowS - random.pick([0, 0, 15, 120])),
    now: String(nowS),
    format: 'json',
    noCache: '1',
  });
  for (let n = random.int(1, 3); n > 0; n--) params.append('target', target());
  if (random.chance(0.3)) params.append('maxDataPoints', String(random.int(1, 200)));
  return `/render?${params}`;
}

async function rendered(url: string): Promise<RenderedSeries[]> {
  const response = await fetch(url);
  const text = await response.text();
  if (!response.ok) throw new Error(`${response.status}: ${text.slice(0, 500)}`);
  return JSON.parse(text) as RenderedSeries[];
}

/** What is different, or undefined. Sums may be of another order. */
function difference(ours: RenderedSeries[], theirs: RenderedSeries[]): string | undefined {
  const names = (series: RenderedSeries[]) => series.map(({ target }) => target).join(', ');
  if (names(ours) !== names(theirs)) return `series ${names(ours)} instead of ${names(theirs)}`;
  for (const [i, { target, datapoints }] of theirs.entries()) {
    if (ours[i].datapoints.length !== datapoints.length)
      return `${target} has ${ours[i].datapoints.length} points, not ${datapoints.length}`;
    for (const [j, [value, timeS]] of datapoints.entries()) {
      const [shown, shownS] = ours[i].datapoints[j];
      if (shownS !== timeS) return `${target}: time ${shownS} instead of ${timeS}`;
      const isSame =
        value === shown ||
        (value !== null && shown !== null && Math.abs(value - shown) <= 1e-9 * Math.abs(value));
      if (!isSame) return `${target} at ${timeS}: ${shown} instead of ${value}`;
    }
  }
  return undefined;
}

describe('graphite-web in front', function () {
  this.timeout(180_000);
  const random = new Random(Number(process.env.SEED ?? 20_260_301));
  let nowS = 0;
  let cluster: ClusterUnderTest;
  let graphite: GraphiteWebUnderTest | undefined;

  before(async function () {
    nowS = Math.floor(Date.now() / 60_000) * 60;
    requireGraphiteWeb(this);
    cluster = await ClusterUnderTest.start(this, {
      retentions: '10s:6h,1m:7d',
      cache: ['WRITE_DELAY = 8'],
    });
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send(history(random, nowS));
    await cluster.settled(60_000);
    await producer.end();
  });

  afterEach(() => {
    graphite?.remove();
    graphite = undefined;
  });
  after(() => cluster?.remove());

  /** Sends the points of a whole minute, which are in memory while the first queries are asked. */
  async function sendMinute(startS: number): Promise<void> {
    const points = METRICS.flatMap((metric) =>
      Array.from({ length: 60 / STEP_S }, (_, i) => ({
        metric,
        timestamp: startS + i * STEP_S,
        value: random.int(0, 100),
      })),
    );
    const producer = await LineProducer.connect(cluster.ports.line);
    await producer.send(points);
    await producer.end();
    const params = new URLSearchParams({ from: String(startS - 1), now: String(nowS) });
    for (const metric of METRICS) params.append('target', metric);
    await eventually(30_000, 'the points in our answers', async () => {
      const series = await rendered(
        cluster.url(`/render?${params}&until=${startS + 59}&format=json`),
      );
      return (
        series.length === METRICS.length &&
        series.every(({ datapoints }) => datapoints.every(([value]) => value !== null))
      );
    });
  }

  /**
   * Our answer, and how theirs differs. They read a file and ask for what is in memory one after the other, so
   * points that are written in between are in neither: what differs is asked again.
   */
  async function asked(
    theirs: GraphiteWebUnderTest,
    path: string,
    isAgain = false,
  ): Promise<{ ours: RenderedSeries[]; found: string | undefined }> {
    const [ours, others] = await Promise.all([
      rendered(cluster.url(path)),
      rendered(theirs.url(path)),
    ]);
    const found = difference(ours, others);
    return found === undefined || isAgain ? { ours, found } : asked(theirs, path, true);
  }

  /** Asks both the same, and expects the same answers. */
  async function compare(settings: string[], freshS: number): Promise<void> {
    graphite = await GraphiteWebUnderTest.start(settings);
    await sendMinute(freshS);
    const differences: string[] = [];
    let points = 0;
    for (let n = 0; n < QUERIES; n++) {
      const path = query(random, nowS);
      const { ours, found } = await asked(graphite, path);
      points += ours.reduce((sum, { datapoints }) => sum + datapoints.length, 0);
      if (found !== undefined) differences.push(`${decodeURIComponent(path)}\n    ${found}`);
    }
    expect(differences, `${differences.length} of ${QUERIES} differ`).to.deep.equal([]);
    expect(points, 'points compared').to.be.greaterThan(QUERIES * 100);
    expect(CALLS.length, 'functions that both have').to.be.greaterThan(5);
  }

  it(`as a front of our api (CLUSTER_SERVERS) answers ${QUERIES} queries as we do`, () =>
    compare(
      [`CLUSTER_SERVERS = ['127.0.0.1:${cluster.ports.http}']`, 'STANDARD_DIRS = []'],
      nowS - 120,
    ));

  it('reading our files and our cache queries (CARBONLINK_HOSTS) answers as we do', () =>
    compare(
      [
        'import glob',
        `STANDARD_DIRS = sorted(glob.glob('${cluster.folder}/data/*/shards/*/whisper'))`,
        `CARBONLINK_HOSTS = ['127.0.0.1:${cluster.ports.cacheQuery}']`,
      ],
      nowS - 60,
    ));

  it('asks by its own client (CARBONLINK_HOSTS) for points and metadata on all nodes', async () => {
    const startS = nowS - 240;
    await sendMinute(startS);
    const asked = [...METRICS].sort();
    const said = askGraphiteWeb(
      [`CARBONLINK_HOSTS = ['127.0.0.1:${cluster.ports.cacheQuery}']`],
      CARBONLINK,
      asked,
    );
    const answers: CarbonlinkAnswers = JSON.parse(said);
    const times = Array.from({ length: 60 / STEP_S }, (_, i) => startS + i * STEP_S);
    for (const metric of asked) {
      const points = answers.single[metric];
      expect(
        points.map(([timestamp]) => timestamp),
        metric,
      ).to.include.members(times);
      expect(answers.bulk[metric], metric).to.deep.equal(points);
    }
    expect(answers.unknown).to.deep.equal([]);
    expect(answers.methods).to.deep.equal(asked.map(() => 'average'));
    const change = { old_value: 'average', new_value: 'max' };
    expect(answers.changes).to.deep.equal(asked.map(() => change));
    expect(answers.changed).to.deep.equal(asked.map(() => 'max'));
    expect(answers.refused[0]).to.match(/no\.such\.metric/);
    expect(answers.refused[1]).to.match(/worst/);
    const methods = cluster.nodes.map((node) => methodsIn(join(cluster.folder, 'data', node)));
    for (const [i, found] of methods.entries()) {
      expect(found, cluster.nodes[i]).to.have.length.greaterThan(0);
      expect(found, cluster.nodes[i]).to.deep.equal(found.map(() => AGGREGATION_MAX));
    }
    expect(methods.flat()).to.have.length(2 * METRICS.length);
  });

  /** The statuses of a query beyond our limits and of one within them right after it, and how many series each has. */
  async function askedTooMuch(...settings: string[]): Promise<(number | null)[]> {
    const server = `CLUSTER_SERVERS = ['127.0.0.1:${cluster.ports.http}']`;
    graphite = await GraphiteWebUnderTest.start([server, 'STANDARD_DIRS = []', ...settings]);
    const found: (number | null)[] = [];
    for (const target of ['web.*.*.*', 'web.host01.cpu.user']) {
      const params = new URLSearchParams({ target, format: 'json', from: '-1h', noCache: '1' });
      const response = await fetch(graphite.url(`/render?${params}`));
      const text = await response.text();
      found.push(response.status, response.ok ? (JSON.parse(text) as unknown[]).length : null);
    }
    graphite.remove();
    return found;
  }

  it('asks on after a refusal with REMOTE_RETRY_DELAY = 0, and tells of it with STORE_FAIL_ON_ERROR', async () => {
    await cluster.restartApi(['RENDER_MAX_SERIES = 5']);
    const atOnce = 'REMOTE_RETRY_DELAY = 0';
    expect(await askedTooMuch(), 'as it is shipped').to.deep.equal([200, 0, 200, 0]);
    expect(await askedTooMuch(atOnce)).to.deep.equal([200, 0, 200, 1]);
    const found = await askedTooMuch(atOnce, 'STORE_FAIL_ON_ERROR = True');
    expect(found).to.deep.equal([500, null, 200, 1]);
  });
});

/** The aggregation methods of all files of the metrics in a folder. */
function methodsIn(folder: string): number[] {
  const header = Buffer.alloc(4);
  const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' });
  return paths
    .filter((path) => /\/whisper\/(web|_tagged)\/.*\.wsp$/.test(path))
    .map((path) => {
      const fd = openSync(join(folder, path), 'r');
      readSync(fd, header, 0, header.length, 0);
      closeSync(fd);
      return header.readUInt32BE(0);
    });
}
