/** Breaks the rule of the program that the environment's `MUTATION` names, for a process that is started with this loader. */
import { MUTATIONS } from './mutations.js';

interface Loaded {
  source?: string | Uint8Array;
}

const { file, from, to } = MUTATIONS[Number(process.env.MUTATION)];

export async function load(
  url: string,
  context: object,
  next: (url: string, context: object) => Promise<Loaded>,
): Promise<Loaded> {
  const loaded = await next(url, context);
  if (!url.endsWith(`/dist/src/${file}`)) return loaded;
  const source = Buffer.from(loaded.source ?? '').toString('utf8');
  if (!source.includes(from))
    throw new Error(`${file} has no ${from}: the mutation is out of date`);
  return { ...loaded, source: source.replace(from, to) };
}
