import type { Destination } from '../../config/destination.js';
import { CRELAY_HASHES, hashText } from '../hashes/name-hash.js';
import { crelayInstance } from './crelay-instance.js';
import { RingTable } from './ring-table.js';

const ENTRIES_PER_SERVER = 100;

interface RingEntry {
  readonly position: number;
  /** Index of the server. */
  readonly server: number;
}

/**
 * carbon-c-relay's `carbon_ch` and `fnv1a_ch` clusters (3.7, its `consistent-hash.c`). Nothing moves: entries are
 * sorted by position, then by address, then by instance (those without one come last) or port as texts, and all entries
 * of one position belong to the first server there.
 */
export class CrelayRing {
  /** By position; of equal positions each has its entry, all with the server that has taken them over. */
  readonly entries: readonly RingEntry[];
  readonly #hashType: 'carbon_ch' | 'fnv1a_ch';
  readonly #serverCount: number;

  constructor(hashType: 'carbon_ch' | 'fnv1a_ch', servers: readonly Destination[]) {
    this.#hashType = hashType;
    this.#serverCount = servers.length;
    const named = servers.map((server) => ({
      ...server,
      instance: crelayInstance(server.instance),
    }));
    const entries = named.flatMap((server, index) =>
      Array.from({ length: ENTRIES_PER_SERVER }, (_, replica) => ({
        position: hashText(CRELAY_HASHES[hashType], this.#key(server, replica)),
        server: index,
      })),
    );
    const compareSecond = (a: Destination, b: Destination): number => {
      if (hashType === 'fnv1a_ch') return compareBytes(String(a.port), String(b.port));
      if (a.instance === null || b.instance === null)
        return Number(a.instance === null) - Number(b.instance === null);
      return compareBytes(a.instance, b.instance);
    };
    entries.sort(
      (a, b) =>
        a.position - b.position ||
        compareBytes(named[a.server].host, named[b.server].host) ||
        compareSecond(named[a.server], named[b.server]),
    );
    for (let i = 1; i < entries.length; i++)
      if (entries[i].position === entries[i - 1].position) entries[i] = entries[i - 1];
    this.entries = entries;
  }

  /**
   * The ring for routing. Where it does not have as many servers as are wanted (`carbon_ch` cannot tell servers of one
   * address apart that have no instance; the original never ends then), the others follow in their order.
   */
  table(replication: number): RingTable {
    const wanted = Math.min(replication, this.#serverCount);
    const rows = this.entries.flatMap(({ position }, at) =>
      at > 0 && this.entries[at - 1].position === position
        ? []
        : [{ position, destinations: this.#destinationsFrom(at, wanted) }],
    );
    return new RingTable(CRELAY_HASHES[this.#hashType], rows);
  }

  #destinationsFrom(at: number, wanted: number): number[] {
    const chosen = new Set<number>();
    const { length } = this.entries;
    for (let step = 0; step < length && chosen.size < wanted; step++)
      chosen.add(this.entries[(at + step) % length].server);
    for (let server = 0; chosen.size < wanted; server++) chosen.add(server);
    return [...chosen];
  }

  #key({ host, port, instance }: Destination, replica: number): string {
    if (this.#hashType === 'carbon_ch')
      return `('${host}', ${instance === null ? 'None' : `'${instance}'`}):${replica}`;
    return `${replica}-${instance ?? `${host}:${port}`}`;
  }
}

function compareBytes(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}
