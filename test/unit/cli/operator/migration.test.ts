import { expect } from 'chai';
import type { MigrationReport } from '../../../../src/cli/operator/answers.js';
import { migrationProgress, migrationText } from '../../../../src/cli/operator/migrate.js';
import {
  isClean,
  type MigrationNeeds,
  runMigration,
} from '../../../../src/cli/operator/migration.js';
import type { MigrateReply, Request } from '../../../../src/protocols/messages.js';
import { pass, watch } from '../../../support/fake-time.js';
import { SimulatedClock } from '../../../support/simulated-clock.js';

type Migrate = Extract<Request, { type: 'migrate' }>;

/** A node with so many files to change; those with a number in `broken` fail. */
function fakeNode(files: number, broken: number[] = []) {
  return ({ filesMax, dryRun, from }: Migrate): MigrateReply => {
    const first = from?.metric ?? 0;
    const end = dryRun ? files : Math.min(files, first + filesMax);
    const all = Array.from({ length: end - first }, (_, i) => first + i);
    const failures = all
      .filter((file) => broken.includes(file))
      .map((file) => ({ name: `m${file}`, error: 'EIO' }));
    const next = end === files ? null : { shard: 0, metric: end, openedMs: 1 };
    const changed = all.length - failures.length;
    return { checked: all.length, changed, failures, refusals: [], left: files - end, next };
  };
}

function start(
  nodes: Record<string, (request: Migrate) => MigrateReply>,
  options: Partial<MigrationNeeds> = {},
) {
  const clock = new SimulatedClock();
  const told: MigrationReport[] = [];
  let stop = (): void => undefined;
  const asked: [node: string, atMs: number][] = [];
  const result = watch(
    runMigration({
      nodes: Object.keys(nodes),
      pattern: '',
      dryRun: false,
      rate: 8,
      ask: async (node, request) => {
        asked.push([node, clock.monotonicMs()]);
        return nodes[node](request);
      },
      clock,
      stopped: new Promise((resolve) => (stop = resolve)),
      progress: (report) => told.push(structuredClone(report)),
      ...options,
    }),
  );
  return { clock, told, asked, result, stop: () => stop() };
}

describe('carbonbus migrate', () => {
  it('keeps to its rate on each node', async () => {
    const { clock, told, result, asked } = start({ n1: fakeNode(40), n2: fakeNode(4) });
    await pass(clock, 3_000);
    expect(told.map(({ nodes }) => nodes.map((node) => node.changed))).to.deep.equal([
      [8, 4],
      [16, 4],
      [24, 4],
    ]);
    expect(asked.filter(([node]) => node === 'n1')).to.have.length(13);
    await pass(clock, 3_000);
    expect(result.value?.nodes.map(({ changed, left }) => [changed, left])).to.deep.equal([
      [40, 0],
      [4, 0],
    ]);
    expect(result.value && isClean(result.value)).to.equal(true);
  });

  it('is not paced where nothing is rewritten', async () => {
    const { clock, result } = start({ n1: fakeNode(40) }, { dryRun: true });
    await pass(clock, 0);
    expect(result.value?.nodes[0]).to.include({ changed: 40, left: 0 });
  });

  it('rewrites one file after the other at a low rate', async () => {
    const { clock, result, asked } = start({ n1: fakeNode(3) }, { rate: 0.5 });
    await pass(clock, 4_000);
    expect(asked.map(([, atMs]) => atMs)).to.deep.equal([0, 2000, 4000]);
    expect(result.value?.nodes[0].changed).to.equal(3);
  });

  it('stops when it is told to, without waiting for its pace', async () => {
    const { clock, result, stop, asked } = start({ n1: fakeNode(40) }, { rate: 0.01 });
    await pass(clock, 10);
    stop();
    await pass(clock, 0);
    expect(result.value).to.include({ isComplete: false });
    expect(result.value?.nodes[0]).to.include({ changed: 1, left: 39 });
    expect(asked).to.have.length(1);
    expect(result.value && isClean(result.value)).to.equal(false);
    expect(result.value && migrationText(result.value)).to.match(/\nstopped; /);
  });

  it('counts all files that fail, and lists the first 20', async () => {
    const broken = Array.from({ length: 25 }, (_, i) => i);
    const { clock, result } = start({ n1: fakeNode(30, broken) }, { rate: 1000 });
    await pass(clock, 1_000);
    const report = result.value;
    expect(report?.nodes[0]).to.include({ changed: 5, failed: 25 });
    expect(report?.failures).to.have.length(20);
    expect(report?.failures[0]).to.deep.equal({ node: 'n1', name: 'm0', error: 'EIO' });
    expect(report && isClean(report)).to.equal(false);
    const text = report && migrationText(report);
    expect(text).to.match(/^NODE\s+CHECKED\s+CHANGED\s+FAILED\s+LEFT\nn1\s+30\s+5\s+25\s+0\n/);
    expect(text).to.include('n1 failed: m19: EIO\n... and 5 more failed\n');
  });

  it('leaves a node out that refuses, and finishes the others', async () => {
    const away = (): never => {
      throw new Error('nobody answers');
    };
    const { clock, result } = start({ n1: away, n2: fakeNode(2) });
    await pass(clock, 1_000);
    expect(result.value?.nodes[0].refusals).to.deep.equal(['nobody answers']);
    expect(result.value?.nodes[1].changed).to.equal(2);
    expect(result.value && isClean(result.value)).to.equal(false);
    expect(result.value && migrationText(result.value)).to.include('n1 refused: nobody answers\n');
  });

  it('shows how far each node is', async () => {
    const { clock, told } = start({ n1: fakeNode(40), n2: fakeNode(40) });
    await pass(clock, 1_000);
    expect(migrationProgress(told[0])).to.equal(
      'n1: 8 checked, 8 changed, 0 failed, 32 left | n2: 8 checked, 8 changed, 0 failed, 32 left\n',
    );
  });
});
