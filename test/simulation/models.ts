import { FROM_S, slotsOf } from './answers.js';
import { Model, type ModelFile, type Readers } from './model.js';
import type { NodePlace, SimulatedCluster } from './simulated-cluster.js';
import { openShardStore, shardFolder } from './simulated-node.js';
import { EPOCH_MS } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';
import { FINEST_S, logsOf, type WorldShape } from './world-shape.js';

interface Modelled {
  model: Model;
  /** What no state of the files could mend, in words. */
  wrong: readonly string[];
}

/**
 * What the files of each replica have to hold. Where replicas are not repaired, that is the fold of the messages that this
 * one has got. Where they are, all of a shard hold the same: the fold of the messages that all have got; besides, of slots that
 * some were late for, one of the values that came, wherever one replica at least had got one.
 */
export class Models {
  readonly #shape: WorldShape;
  readonly #cluster: SimulatedCluster;
  readonly #time: SimulatedTime;
  readonly #ofShards = new Map<number, Modelled>();

  constructor(shape: WorldShape, cluster: SimulatedCluster, time: SimulatedTime) {
    this.#shape = shape;
    this.#cluster = cluster;
    this.#time = time;
  }

  of(place: NodePlace, shard: number): Modelled {
    if (!this.#shape.isRepaired) return { model: this.#fold(shard, [place]), wrong: [] };
    const known = this.#ofShards.get(shard);
    if (known !== undefined) return { ...known, wrong: [] };
    const modelled = this.#agreed(shard);
    this.#ofShards.set(shard, modelled);
    return modelled;
  }

  #agreed(shard: number): Modelled {
    const places = this.#cluster.nodes.filter(({ shards }) => shards.includes(shard));
    const model = this.#fold(shard, places);
    const [first] = places;
    const store = openShardStore(first.disk.files(first.process), shard);
    const untilS = nowS(this.#time);
    const wrong: string[] = [];
    for (const file of model.files.values()) {
      if (file.doubtful.size === 0) continue;
      const series = store.fetch(undefined, file.name, FROM_S, untilS, untilS, {
        secondsPerPoint: FINEST_S,
      });
      wrong.push(...adopted(`shard ${shard}: ${file.name}`, file, series && slotsOf(series)));
    }
    return { model, wrong };
  }

  /** The fold of a shard's logs, as far as the replicas on these nodes have got their messages. */
  #fold(shard: number, places: readonly NodePlace[]): Model {
    const model = new Model(!this.#shape.isRepaired);
    const { losses, nats } = this.#cluster;
    const root = `${shardFolder(shard)}/whisper`;
    for (const { stream } of logsOf(this.#shape, shard)) {
      for (const { bytes, sequence, isLost } of nats.log(stream)?.history ?? []) {
        if (isLost) model.applyLost(bytes);
        else
          model.apply(bytes, (path) => {
            const lacking = places.filter(({ name }) =>
              losses.has(name, stream, sequence, `${root}/${path}`),
            );
            return readersOf(lacking.length, places.length);
          });
      }
    }
    return model;
  }
}

function readersOf(lacking: number, all: number): Readers {
  if (lacking === 0) return 'all';
  return lacking < all ? 'some' : 'none';
}

/** Has the model hold what was found in doubtful slots; says what cannot be there. */
function adopted(
  what: string,
  file: ModelFile,
  found: ReadonlyMap<number, number> | null,
): string[] {
  const wrong: string[] = [];
  for (const slot of file.doubtful) {
    const value = found?.get(slot);
    if (value === undefined) {
      if (file.held.has(slot))
        wrong.push(`${what} has nothing at ${slot}, and a replica had got it`);
      file.finest.delete(slot);
    } else {
      const written = file.written.get(slot) ?? [];
      if (!written.includes(value)) wrong.push(`${what} has ${value} at ${slot}, of ${written}`);
      file.finest.set(slot, value);
    }
  }
  file.doubtful.clear();
  return wrong;
}

/** The time of day until which files are compared, in seconds: behind all that was sent. */
export function nowS(time: SimulatedTime): number {
  return Math.floor((EPOCH_MS + time.nowMs) / 1000) + 100;
}
