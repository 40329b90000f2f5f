import type { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import { errorText } from '../../src/errors.js';
import { INGEST_STREAM } from '../../src/protocols/subjects.js';
import type { WhisperStore } from '../../src/storage/whisper/store.js';
import { FROM_S, slotDifferences, slotsOf, wrongAnswers } from './answers.js';
import type { Load } from './load.js';
import { archivesOf, Model, type ModelFile } from './model.js';
import { Models, nowS } from './models.js';
import type { NodePlace, SimulatedCluster } from './simulated-cluster.js';
import { openShardStore } from './simulated-node.js';
import type { SimulatedTime } from './simulated-time.js';
import { logsOf, type WorldShape } from './world-shape.js';

const ANSWER_MAX_MS = 60_000;
/** Differences that are told of one file. */
const TOLD_MAX = 3;

/** What is still to be done until the world is at rest, in words; nothing when it is. */
export async function unrest(shape: WorldShape, cluster: SimulatedCluster): Promise<string[]> {
  const left: string[] = [];
  const { nats } = cluster;
  const inHand = nats.log(INGEST_STREAM)?.unacknowledged ?? 0;
  if (inHand > 0) left.push(`${inHand} messages of ${INGEST_STREAM} are not acknowledged`);
  for (const { name, process, running } of cluster.relays) {
    if (process.isDead) left.push(`${name} is not running`);
    else if (!running.isIdle) left.push(`${name} has points in its window`);
  }
  for (const place of cluster.nodes) {
    const { name, process, running } = place;
    if (process.isDead) {
      left.push(`${name} is not running`);
      continue;
    }
    if (running.node.state !== 'live') left.push(`${name} is ${running.node.state}`);
    const seen = cluster.membership.member('node', name)?.state;
    if (seen !== 'up') left.push(`${name} is seen as ${seen}`);
    for (const runner of running.node.runners)
      left.push(...unrestOf(shape, cluster, place, runner));
    for (const text of (await running.repairs?.unrest()) ?? []) left.push(`${name}: ${text}`);
  }
  return left;
}

function unrestOf(
  shape: WorldShape,
  cluster: SimulatedCluster,
  { name }: NodePlace,
  runner: ReplicaRunner,
): string[] {
  const report = runner.report();
  const who = `${name}'s replica of shard ${runner.shard}`;
  const left: string[] = [];
  if (report.state !== 'live') left.push(`${who} is ${report.state}`);
  if (report.queuePoints > 0) left.push(`${who} has ${report.queuePoints} points in its queue`);
  if (report.rollUpsWaiting > 0) left.push(`${who} has ${report.rollUpsWaiting} roll-ups waiting`);
  const logs = [report, ...report.mirrored];
  const streams = logsOf(shape, runner.shard).sort((a, b) => +a.isMirror - +b.isMirror);
  for (const [i, { stream }] of streams.entries()) {
    const last = cluster.nats.log(stream)?.last ?? 0;
    if (logs[i].checkpoint !== last) {
      left.push(`${who} has its checkpoint of ${stream} at ${logs[i].checkpoint} of ${last}`);
    }
  }
  return left;
}

/** All that is wrong with a world at rest, in words. */
export async function wrongs(
  shape: WorldShape,
  cluster: SimulatedCluster,
  load: Load,
  time: SimulatedTime,
): Promise<string[]> {
  const wrong: string[] = [...cluster.escalations];
  for (const { running } of cluster.relays) wrong.push(...running.imbalance());
  const asked: Promise<string[]>[] = [];
  const inLogs = new Map<number, number>();
  const models = new Models(shape, cluster, time);
  for (const place of cluster.nodes) {
    const files = place.disk.files(place.process);
    for (const shard of place.shards) {
      const { model, wrong: disagreed } = models.of(place, shard);
      wrong.push(...disagreed);
      for (const [value, times] of model.values) inLogs.set(value, times);
      const store = openShardStore(files, shard);
      for (const file of model.files.values())
        wrong.push(...differences(`${place.name}, shard ${shard}`, store, file, time));
      const runner = place.running.node.runner(shard);
      if (runner === undefined) continue;
      wrong.push(...imbalance(place.name, runner));
      asked.push(wrongAnswers(`${place.name}, shard ${shard}`, runner, model, nowS(time)));
    }
  }
  const lost = cutValues(cluster);
  const missing = [...load.accepted].filter((value) => !inLogs.has(value) && !lost.has(value));
  if (missing.length > 0) {
    wrong.push(`${missing.length} accepted points are in no log: ${missing.slice(0, 5)}`);
  }
  const doubled = [...load.once].filter((value) => (inLogs.get(value) ?? 0) > 1);
  if (doubled.length > 0) {
    wrong.push(`${doubled.length} points were stored more than once: ${doubled.slice(0, 5)}`);
  }
  return [...wrong, ...(await answered(asked, time))];
}

/** Values of the points that power cuts have taken from the logs. */
function cutValues({ nats }: SimulatedCluster): Set<number> {
  const cut = new Model(false);
  for (const { history } of nats.logs.values())
    for (const { bytes, isLost } of history) if (isLost) cut.applyLost(bytes);
  return new Set([...cut.files.values()].flatMap(({ written }) => [...written.values()].flat()));
}

/** Lets time pass until all are answered. */
async function answered(
  asked: readonly Promise<string[]>[],
  time: SimulatedTime,
): Promise<string[]> {
  const latestMs = time.nowMs + ANSWER_MAX_MS;
  let wrong: string[] | undefined;
  const failed = (error: unknown): string[] => [`a replica does not answer: ${errorText(error)}`];
  const all = asked.map((answer) => answer.catch(failed));
  void Promise.all(all).then((answers) => {
    wrong = answers.flat();
  });
  time.at(latestMs, () => undefined);
  await time.run(() => wrong !== undefined || time.nowMs >= latestMs);
  return wrong ?? ['a replica does not answer'];
}

function differences(
  where: string,
  store: WhisperStore,
  file: ModelFile,
  time: SimulatedTime,
): string[] {
  const untilS = nowS(time);
  const wrong: string[] = [];
  for (const [i, slots] of archivesOf(file).entries()) {
    const { secondsPerPoint } = file.rule.archives[i];
    const series = store.fetch(undefined, file.name, FROM_S, untilS, untilS, { secondsPerPoint });
    const found = series === null ? new Map() : slotsOf(series);
    wrong.push(...slotDifferences(`${where}: ${file.name}, ${secondsPerPoint} s`, slots, found));
  }
  const told = wrong.slice(0, TOLD_MAX);
  if (wrong.length > TOLD_MAX) told.push(`... and ${wrong.length - TOLD_MAX} more of ${file.name}`);
  return told;
}

/** A replica at rest has done with every point what it counts. */
function imbalance(node: string, { replica }: ReplicaRunner): string[] {
  const { pointsApplied, malformedBatches } = replica.counters;
  const { committedPoints, droppedTooOld, droppedOutOfRange, droppedUnstorable } =
    replica.writer.counters;
  const wrong: string[] = [];
  const who = `${node}, shard ${replica.shard}`;
  if (pointsApplied !== committedPoints) {
    const dropped = `${droppedTooOld} + ${droppedOutOfRange} + ${droppedUnstorable} dropped`;
    wrong.push(`${who}: ${pointsApplied} points applied, ${committedPoints} written, ${dropped}`);
  }
  if (malformedBatches > 0) wrong.push(`${who}: ${malformedBatches} broken batches`);
  return wrong;
}
