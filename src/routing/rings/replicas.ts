import type { Destination } from '../../config/destination.js';
import { pythonRepr } from '../../config/python-repr.js';
import { CarbonbusError } from '../../errors.js';

/** How many destinations a name has, and whether they must be on different hosts (`DIVERSE_REPLICAS`). */
export interface ReplicaChoice {
  readonly replicationFactor: number;
  readonly diverse: boolean;
}

/** What Carbon's rings know a destination by; the port is not part of it. */
export type RingNode = Pick<Destination, 'host' | 'instance'>;

/** Python's text of the pair, which Carbon hashes: `('host', 'instance')` or `('host', None)`. */
export function nodeText({ host, instance }: RingNode): string {
  return `(${pythonRepr(host)}, ${instance === null ? 'None' : pythonRepr(instance)})`;
}

/**
 * The first of `candidates`, as many as are wanted: the destinations of Carbon's routers. Without `diverse` a candidate
 * that comes twice counts twice, as in Carbon.
 */
export function chooseReplicas(
  candidates: Iterable<number>,
  hostOf: (index: number) => string,
  { replicationFactor, diverse }: ReplicaChoice,
): number[] {
  const chosen: number[] = [];
  const hosts = new Set<string>();
  for (const index of candidates) {
    if (chosen.length === replicationFactor) break;
    if (diverse && hosts.has(hostOf(index))) continue;
    hosts.add(hostOf(index));
    chosen.push(index);
  }
  return chosen;
}

/** Errors: `DESTINATION_DUPLICATE` where two have the same host and instance, whatever their ports are. */
export function refuseDuplicates(nodes: readonly RingNode[]): void {
  const seen = new Set<string>();
  for (const node of nodes) {
    const text = nodeText(node);
    if (seen.has(text)) {
      throw new CarbonbusError(
        'DESTINATION_DUPLICATE',
        `two destinations are ${text}: on one host, each needs an instance of its own`,
      );
    }
    seen.add(text);
  }
}
