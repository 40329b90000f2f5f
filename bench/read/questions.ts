import { gunzipSync } from 'node:zlib';
import type { Question } from './load.js';
import { decimalMetrics, metricName } from './stored-metrics.js';

/** Metrics that are asked for in turn: few enough for the cache of every peer. */
const TURNS = 100;
const GZIP = 'Accept-Encoding: gzip\r\n';

/** What of the stored metrics is asked for, and when. */
export interface Asked {
  readonly nowS: number;
  /** Of which all metrics below folders `cpu` have points. */
  readonly hosts: number;
  /** Metrics below folders `cpu`. */
  readonly cpuMetrics: number;
  /** Whether answers may come out of caches, where a side has any. */
  readonly cached: boolean;
}

/** The questions of the bench: one metric, the sum of 100 (whole numbers of eighths; and of tenths), 1,000 by name, and finds of all that lies below `cpu`. */
export function questions(asked: Asked): readonly Question[] {
  const turns = Array.from({ length: TURNS }, (_, i) => i);
  const find = { query: 'servers.*.*.cpu.*', format: 'treejson' };
  const completer = { query: 'servers.*.*.cpu.', format: 'completer' };
  const aliases = {
    name: 'aliasOf1000',
    paths: [0, 1].map((n) => render(asked, `aliasByNode(servers.dc1.host00${n}*.cpu.*,2,4)`)),
    check: hasItems(1_000),
  };
  return [
    {
      name: 'single',
      paths: turns.map((i) => render(asked, metricName(i * 50 + (i % 10)))),
      check: hasItems(1),
    },
    {
      name: 'sumOf100',
      paths: [0, 1, 2, 3, 4, 5, 6, 7].map((core) =>
        render(asked, `sumSeries(servers.dc1.host000*.cpu.core${core})`),
      ),
      check: hasItems(1),
    },
    {
      name: 'sumOfDecimals',
      paths: [render(asked, `sumSeries(${decimalMetrics(asked.hosts)})`)],
      check: hasItems(1),
    },
    aliases,
    // As Grafana asks. Without caches most of it would be compression.
    ...(asked.cached ? [{ ...aliases, name: 'aliasOf1000Gzip', headers: GZIP }] : []),
    // graphite-web has an item for each metric, others one for each name.
    { name: 'find', paths: [findPath(asked, find)], check: hasItems() },
    {
      name: 'findCompleter',
      paths: [findPath(asked, completer)],
      check: hasItems(asked.cpuMetrics),
    },
  ];
}

function isGzip([first, second]: Buffer): boolean {
  return first === 0x1f && second === 0x8b;
}

/** Of the last hour, or of more. */
export function render({ nowS, cached }: Asked, target: string, seconds = 3_600): string {
  const params = new URLSearchParams({
    target,
    from: String(nowS - seconds),
    until: String(nowS),
    format: 'json',
  });
  return `/render?${params}${cached ? '' : '&noCache=1'}`;
}

function findPath({ cached }: Asked, params: Record<string, string>): string {
  return `/metrics/find?${new URLSearchParams(params)}${cached ? '' : '&noCache=1'}`;
}

/** @param wanted any number without */
function hasItems(wanted?: number): (body: Buffer) => void {
  return (body) => {
    const text = isGzip(body) ? gunzipSync(body) : body;
    const answer = JSON.parse(text.toString()) as unknown[] | { metrics: unknown[] };
    const { length } = Array.isArray(answer) ? answer : answer.metrics;
    if (wanted === undefined ? length === 0 : length !== wanted) {
      throw new Error(`the answer has ${length} items, ${wanted} are there`);
    }
  };
}
