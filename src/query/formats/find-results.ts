import { encodeMessage } from '../../protocols/carbonapi-messages.js';
import { MsgpackWriter } from '../../protocols/msgpack-writer.js';
import { PickleWriter } from '../../protocols/pickle-encoder.js';

/** A result of a find; a metric and a folder may have the same path. */
export interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

/** What one pattern found. */
export interface FoundNodes {
  readonly pattern: string;
  readonly nodes: readonly FoundNode[];
}

/** `/metrics/find?format=pickle`, as graphite-web asks it of other servers. */
export function findPickle(nodes: readonly FoundNode[]): Buffer {
  const out = new PickleWriter().list().mark();
  for (const { path, isLeaf } of nodes) {
    out.dict().mark().text('path').text(path).text('is_leaf').boolean(isLeaf).setItems();
  }
  return out.appends().finishBare();
}

/** `/metrics/find?format=msgpack`: graphite-web reads `is_leaf`, carbonapi `isLeaf`. */
export function findMsgpack(nodes: readonly FoundNode[]): Buffer {
  const out = new MsgpackWriter().array(nodes.length);
  for (const { path, isLeaf } of nodes) {
    out.map(3).text('path').text(path);
    out.text('is_leaf').boolean(isLeaf).text('isLeaf').boolean(isLeaf);
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
