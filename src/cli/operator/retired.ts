import { sleep } from '../../actors/ports/clock.js';
import type { RetiredView } from '../../actors/query/cluster-view.js';
import { systemClock } from '../../edge/clock.js';
import type { RetiredReport } from '../../protocols/repair-messages.js';
import { writeOut } from '../output.js';
import { type Cluster, type OnBus, onBus } from './cluster.js';
import { table } from './table.js';

const POLL_MS = 500;
/** Some of what was to be removed is kept. */
const EXIT_KEPT = 2;

/**
 * `carbonbus retired`: the files of shards that nodes keep no longer; with `remove` they are taken away, one shard after
 * the other. A node goes on with the one that it is at when this command is stopped.
 *
 * @param node only its files; undefined for those of all nodes
 */
export function retired(
  cluster: Cluster,
  node: string | undefined,
  { json, remove }: { json?: boolean; remove?: boolean },
): Promise<number> {
  return onBus(cluster, async ({ observer, client }) => {
    const found = (await observer.view()).retired.filter(
      (one) => node === undefined || one.node === node,
    );
    if (!remove) {
      await writeOut(json ? `${JSON.stringify(found)}\n` : listText(found));
      return 0;
    }
    const reports: (RetiredReport & { node: string })[] = [];
    for (const { node, shard } of found) {
      const report = await removed(client, node, shard, json === true);
      reports.push({ node, ...report });
      if (!json) await writeOut(`${outcomeText(node, report)}\n`);
    }
    if (json) await writeOut(`${JSON.stringify(reports)}\n`);
    else if (found.length === 0) await writeOut(listText(found));
    return reports.every(({ state }) => state === 'removed') ? 0 : EXIT_KEPT;
  });
}

/** Has a node remove the files of a shard, and tells how far it is. */
async function removed(
  client: OnBus['client'],
  node: string,
  shard: number,
  isQuiet: boolean,
): Promise<RetiredReport> {
  const ask = (begin: boolean) => client.ask('node', node, { type: 'removeRetired', shard, begin });
  let told = '';
  for (let report = await ask(true); ; ) {
    const { state } = report;
    if (state === 'removed' || state === 'kept') return report;
    const text = `shard ${shard} on ${node}: ${progressText(report)}`;
    if (text !== told && !isQuiet) process.stderr.write(`${text}\n`);
    told = text;
    await sleep(systemClock, POLL_MS);
    report = await ask(false);
  }
}

function listText(found: readonly RetiredView[]): string {
  if (found.length === 0) return 'no retired shards\n';
  const rows = found.map((one) => [
    ...[String(one.shard), one.node, one.nodeState === 'up' ? one.state : one.nodeState],
    ...[String(one.checkpoint), one.keptBy.join(', ') || 'nobody', progressText(one) || '-'],
  ]);
  return table([['SHARD', 'NODE', 'STATE', 'CHECKPOINT', 'KEPT BY', 'PROGRESS'], ...rows]);
}

function progressText({ state, successor, compared, metrics, reason }: RetiredReport): string {
  if (state === 'removing') return 'removing';
  if (successor !== '') return `compared with ${successor}: ${compared} of ${metrics} metrics`;
  return state === 'checking' ? 'waits for its turn' : reason;
}

function outcomeText(node: string, { shard, state, metrics, reason }: RetiredReport): string {
  return state === 'removed'
    ? `shard ${shard} on ${node} is removed: ${metrics} metrics`
    : `shard ${shard} on ${node} is kept: ${reason}`;
}
