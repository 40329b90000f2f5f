import { decodeBatch } from '../../src/protocols/batch.js';
import { PointBlock } from '../../src/protocols/points.js';
import { metricPath } from '../../src/storage/metric-path.js';
import { FROM_S, slotsOf } from './answers.js';
import type { Slots } from './model.js';
import { nowS } from './models.js';
import type { NodePlace, SimulatedCluster } from './simulated-cluster.js';
import { openShardStore, shardFolder } from './simulated-node.js';
import { EPOCH_MS } from './simulated-process.js';
import type { SimulatedTime } from './simulated-time.js';
import { FINEST_S, logsOf, type WorldShape } from './world-shape.js';

const BLOCK = new PointBlock();

/**
 * What retention took from a replica before it was read, and did not come from the peer that had read it, though no gap is
 * left: in words. Points whose time was ahead when they came are left to the comparisons that are due from time to time, and
 * so are those of files that were damaged.
 */
export function unrepaired(
  shape: WorldShape,
  cluster: SimulatedCluster,
  time: SimulatedTime,
): string[] {
  return cluster.nodes.flatMap((place) =>
    place.shards.flatMap((shard) => unrepairedOf(shape, cluster, time, place, shard)),
  );
}

function unrepairedOf(
  shape: WorldShape,
  cluster: SimulatedCluster,
  time: SimulatedTime,
  place: NodePlace,
  shard: number,
): string[] {
  const { losses, nats } = cluster;
  const root = `${shardFolder(shard)}/whisper`;
  const peers = cluster.nodes.filter((one) => one !== place && one.shards.includes(shard));
  const slots = slotsReader(place, shard, nowS(time));
  const missing = new Set<string>();
  for (const { stream } of logsOf(shape, shard)) {
    for (const { sequence, bytes, storedAtMs } of nats.log(stream)?.messages ?? []) {
      if (!losses.isUnread(place.name, stream, sequence)) continue;
      decodeBatch(bytes, BLOCK);
      for (let point = 0; point < BLOCK.count; point++) {
        const name = BLOCK.name(point);
        const path = `${root}/${metricPath(name, true)}`;
        const slot = Math.floor(BLOCK.timestamps[point] / FINEST_S) * FINEST_S;
        const isAhead = slot + FINEST_S > (EPOCH_MS + storedAtMs) / 1000;
        if (isAhead || losses.isDamaged(place.name, path)) continue;
        if (peers.every((peer) => losses.has(peer.name, stream, sequence, path))) continue;
        if (!slots(name).has(slot))
          missing.add(`${place.name}, shard ${shard}: ${name} at ${slot}`);
      }
    }
  }
  return [...missing].map((what) => `${what} was not repaired`);
}

/** The finest slots of the files that a node has of a shard, by metric. */
function slotsReader(place: NodePlace, shard: number, untilS: number): (name: string) => Slots {
  const store = openShardStore(place.disk.files(place.process), shard);
  const known = new Map<string, Slots>();
  return (name) => {
    let slots = known.get(name);
    if (slots === undefined) {
      const series = store.fetch(undefined, name, FROM_S, untilS, untilS, {
        secondsPerPoint: FINEST_S,
      });
      slots = series === null ? new Map() : slotsOf(series);
      known.set(name, slots);
    }
    return slots;
  };
}
