import type { Layout } from '../../protocols/layout.js';

/** A shard log where its points are accepted. */
export interface OriginState {
  created: string;
  lastSequence: number;
  /** How its datacentre cuts the metric space; undefined where nothing is said. */
  layout: Layout | undefined;
}

/** A mirror of a shard log, here. */
export interface MirrorState {
  /** What it is a mirror of: `created` of the origin when it was made, or a text that begins with it. */
  origin: string;
  lastSequence: number;
}

/** Making mirrors, and looking at them and at what they are mirrors of. All of it may reject. */
export interface MirrorStreams {
  /** The shard logs of another datacentre, by shard. */
  origins(datacentre: string): Promise<ReadonlyMap<number, OriginState>>;
  /** The mirrors of another datacentre's logs that are here, by shard. */
  mirrors(datacentre: string): Promise<ReadonlyMap<number, MirrorState>>;
  /** Makes a mirror, in the place of one that is there. */
  make(shard: number, datacentre: string, origin: string): Promise<void>;
}
