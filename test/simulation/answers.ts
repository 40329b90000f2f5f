import type { ReplicaRunner } from '../../src/actors/shard/replica-runner.js';
import type { FoundMessage, TagAnswer } from '../../src/protocols/messages.js';
import { fetchedFrom } from '../support/found.js';
import { archivesOf, type Model, type Slots } from './model.js';
import { EPOCH_MS } from './simulated-process.js';

/** Windows that are compared begin so long before the world. */
export const FROM_S = EPOCH_MS / 1000 - 1_200;
const LIMIT = 1_000;

/** What a replica says when it is asked, where that is not what the model says. */
export async function wrongAnswers(
  where: string,
  runner: ReplicaRunner,
  model: Model,
  nowS: number,
): Promise<string[]> {
  // A metric may have no file where all that came of it was taken by retention.
  const files = [...model.files.values()].filter(({ finest }) => finest.size > 0);
  const names = files.map(({ name }) => name);
  const plain = names.filter((name) => !name.includes(';')).map((name) => name.replace('..', '.'));
  const tagged = names.filter((name) => name.includes(';'));
  const wrong = [
    ...missingNames(`${where}: the index`, await found(runner), plain),
    ...missingNames(`${where}: the tag index`, await foundByTag(runner), tagged),
  ];
  const series = await fetchedFrom(runner, names, { fromS: FROM_S, untilS: nowS, nowS });
  for (const file of files) {
    const answer = series.find(({ name }) => name === file.name);
    const slots = answer && slotsOf(answer);
    const what = `${where}: the answer for ${file.name}`;
    wrong.push(...slotDifferences(what, archivesOf(file)[0], slots ?? new Map()));
  }
  return wrong;
}

async function found(runner: ReplicaRunner): Promise<string[]> {
  const names: string[] = [];
  for (const query of ['*.*', '*.*.*']) {
    const answer = await runner.ask<FoundMessage>((reply, fail) => ({
      type: 'find',
      query,
      limit: LIMIT,
      namesOnly: false,
      leavesOnly: false,
      reply,
      fail,
    }));
    names.push(...answer.leaves);
  }
  return names;
}

async function foundByTag(runner: ReplicaRunner): Promise<string[]> {
  const expressions = ['name=disk'];
  const question = { of: 'series' as const, expressions, prefix: '', pattern: '', limit: LIMIT };
  const ask = (reply: (answer: TagAnswer) => void, fail: (error: unknown) => void) =>
    ({ type: 'tags', question, reply, fail }) as const;
  return (await runner.ask<TagAnswer>(ask)).texts;
}

function missingNames(what: string, known: readonly string[], names: readonly string[]): string[] {
  const missing = names.filter((name) => !known.includes(name));
  return missing.length === 0 ? [] : [`${what} does not know ${missing}`];
}

/** The slots of a series that have a value. */
export function slotsOf(series: {
  startS: number;
  stepS: number;
  values: ArrayLike<number>;
}): Slots {
  const slots: Slots = new Map();
  for (let i = 0; i < series.values.length; i++) {
    const value = series.values[i];
    if (!Number.isNaN(value)) slots.set(series.startS + i * series.stepS, value);
  }
  return slots;
}

/** Slots in which `found` is not as `expected`, but for those of which nobody can say. */
export function slotDifferences(what: string, expected: Slots, found: Slots): string[] {
  const wrong: string[] = [];
  for (const at of new Set([...expected.keys(), ...found.keys()])) {
    const value = expected.get(at);
    if (Number.isNaN(value) || found.get(at) === value) continue;
    wrong.push(`${what} has ${found.get(at) ?? 'nothing'} at ${at}, not ${value ?? 'nothing'}`);
  }
  return wrong;
}
