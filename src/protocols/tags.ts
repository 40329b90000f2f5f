import { createHash } from 'node:crypto';

/** A series name taken apart. `tags` holds the metric's own name, less leading `~`, as the tag `name`. */
export interface TaggedSeries {
  metric: string;
  tags: Map<string, string>;
}

const PROHIBITED_IN_TAG = /[;!^=]/;
const OPENMETRICS_TAG = /^([^=]+)="((?:\\["\\]|[^"\\])+)"(?::?,|$)/;

/**
 * Parses `metric;tag=value;...` or the OpenMetrics form `metric{tag="value",...}` by the rules of carbon
 * 1.1.7. A later duplicate of a tag wins. Undefined where carbon gives a parse error.
 */
export function parseSeries(name: string): TaggedSeries | undefined {
  const openMetrics = name.endsWith('"}') && name.includes('{');
  return openMetrics ? parseOpenMetrics(name) : parseCarbon(name);
}

function parseCarbon(name: string): TaggedSeries | undefined {
  const [metric, ...segments] = name.split(';');
  const tags = new Map<string, string>();
  for (const segment of segments) {
    const equals = segment.indexOf('=');
    if (equals < 0) return undefined;
    const tag = segment.slice(0, equals);
    const value = segment.slice(equals + 1);
    if (!isTag(tag, value)) return undefined;
    tags.set(tag, value);
  }
  return withName(metric, tags);
}

function parseOpenMetrics(name: string): TaggedSeries | undefined {
  const [metric, list, ...more] = name.slice(0, -1).split('{');
  if (more.length > 0) return undefined;
  const tags = new Map<string, string>();
  let rest = list;
  while (rest.length > 0) {
    const match = OPENMETRICS_TAG.exec(rest);
    if (!match) return undefined;
    const tag = match[1];
    const value = match[2].replaceAll('\\"', '"').replaceAll('\\\\', '\\');
    if (!isTag(tag, value)) return undefined;
    tags.set(tag, value);
    rest = rest.slice(match[0].length);
  }
  return withName(metric, tags);
}

function isTag(tag: string, value: string): boolean {
  if (tag === '' || PROHIBITED_IN_TAG.test(tag)) return false;
  return value !== '' && value[0] !== '~' && !value.includes(';');
}

function withName(metric: string, tags: Map<string, string>): TaggedSeries | undefined {
  const name = metric.replace(/^~+/, '');
  if (name === '') return undefined;
  tags.set('name', name);
  return { metric, tags };
}

/** The normalised name of tags: that of the tag `name`, then `;tag=value` of the others, sorted as text. */
export function formatTags(tags: ReadonlyMap<string, string>): string {
  const segments: string[] = [];
  for (const [tag, value] of tags) if (tag !== 'name') segments.push(`;${tag}=${value}`);
  return (tags.get('name') ?? '') + segments.sort(compareCodePoints).join('');
}

/** The name under which a series is stored: normalised, or as it came where it cannot be parsed. */
export function normaliseName(name: string): string {
  const series = parseSeries(name);
  return series ? formatTags(series.tags) : name;
}

/** UTF-8 sorts as code points do; JavaScript's own order is that of UTF-16 and differs beyond U+FFFF. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * The name under which storage keeps a series. Tagged ones lie spread over folders by their SHA-256 as
 * `_tagged/<3 hex>/<next 3 hex>/<name>`, the dots of the name written `_DOT_`; others have a separator for
 * each dot, and none in front. Format: carbon's `TaggedSeries.encode`, version 1.1.7.
 *
 * @param hashOnly name a tagged series by its whole hash: shorter than any file name limit, not reversible
 */
export function encodeTagged(
  name: string,
  { sep = '.', hashOnly = false }: { sep?: string; hashOnly?: boolean } = {},
): string {
  if (!name.includes(';')) {
    const path = name.replaceAll('.', () => sep);
    let start = 0;
    while (path.startsWith(sep, start)) start += sep.length;
    return path.slice(start);
  }
  const hash = createHash('sha256').update(name).digest('hex');
  const last = hashOnly ? hash : name.replaceAll('.', '_DOT_');
  return ['_tagged', hash.slice(0, 3), hash.slice(3, 6), last].join(sep);
}

/** The reverse of `encodeTagged` without `hashOnly`, but for names that hold `_DOT_` or start with a dot. */
export function decodeTagged(path: string, sep = '.'): string {
  if (!path.startsWith('_tagged')) return path.replaceAll(sep, '.');
  const parts = path.split(sep);
  return parts
    .slice(Math.min(3, parts.length - 1))
    .join(sep)
    .replaceAll('_DOT_', '.');
}
