import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import { MsgpackWriter } from '../../protocols/msgpack-writer.js';
import { PickleWriter } from '../../protocols/pickle-encoder.js';

/** A result of a find; a metric and a folder may have the same path. */
export interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
  /** The time of which a metric may have points, in seconds; none for a folder. */
  readonly interval?: readonly [startS: number, endS: number];
}

/** What one pattern found. */
export interface FoundNodes {
  readonly pattern: string;
  readonly nodes: readonly FoundNode[];
}

/** `/metrics/find?format=pickle`, as graphite-web asks it of other servers. */
export function findPickle(nodes: readonly FoundNode[]): Buffer {
  const out = new PickleWriter().list().mark();
  for (const { path, isLeaf, interval } of nodes) {
    out.dict().mark().text('path').text(path).text('is_leaf').boolean(isLeaf);
    if (interval !== undefined) {
      out.text('intervals').list().mark().list().mark();
      for (const timeS of interval) out.float(timeS);
      out.appends().appends();
    }
    out.setItems();
  }
  return out.appends().finishBare();
}

/**
 * `/metrics/find?format=msgpack`, as graphite-web has it.
 *
 * @param forCarbonapi says `isLeaf` besides `is_leaf`, which carbonapi reads
 */
export function findMsgpack(nodes: readonly FoundNode[], forCarbonapi = false): Buffer {
  const out = new MsgpackWriter().array(nodes.length);
  for (const { path, isLeaf, interval } of nodes) {
    out.map(2 + (forCarbonapi ? 1 : 0) + (interval === undefined ? 0 : 1));
    out.text('path').text(path).text('is_leaf').boolean(isLeaf);
    if (forCarbonapi) out.text('isLeaf').boolean(isLeaf);
    if (interval === undefined) continue;
    out.text('intervals').array(1).array(2);
    for (const timeS of interval) out.float(timeS);
  }
  return out.finish();
}

/** `GlobResponse` of carbonapi's protocol v2: of one pattern. */
export function findCarbonapiV2({ pattern, nodes }: FoundNodes): Uint8Array {
  return encodeMessage('v2.GlobResponse', { name: pattern, matches: nodes });
}

/** `MultiGlobResponse` of carbonapi's protocol v3. Patterns that found nothing are left out. */
export function findCarbonapiV3(all: readonly FoundNodes[]): Uint8Array {
  const metrics = all
    .filter(({ nodes }) => nodes.length > 0)
    .map(({ pattern, nodes }) => ({ name: pattern, matches: nodes }));
  return encodeMessage('v3.MultiGlobResponse', { metrics });
}
