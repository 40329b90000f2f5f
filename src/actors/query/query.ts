import { CarbonbusError } from '../../errors.js';
import { columnDoubles } from '../../protocols/codec.js';
import type { FoldKind } from '../../protocols/folded-block.js';
import type { FoundMessage, Request } from '../../protocols/messages.js';
import type { Turns } from '../../query/evaluation.js';
import type { Series } from '../../query/series.js';
import { GlobRefusal, parseGlob } from '../../routing/glob.js';
import { FoldsInVain } from './folds-in-vain.js';
import { Inquiries, type Inquiry } from './inquiry.js';
import { LongWorkPace } from './long-work-pace.js';
import { NameQuestions } from './name-questions.js';
import type { NodeClient } from './node-client.js';
import { NodeParts } from './node-parts.js';
import type { ReadRepairs } from './read-repairs.js';
import { Replicas, type ReplicasOptions } from './replicas.js';
import { type FetchWindow, type Matching, SeriesFetch } from './series-fetch.js';
import { sortedOnce } from './sorted-texts.js';
import { Tags } from './tags.js';

/** A part of the metric tree; a metric and a folder may have the same path. */
export interface FoundNode {
  readonly path: string;
  readonly isLeaf: boolean;
}

type Which = Pick<Extract<Request, { type: 'find' }>, 'namesOnly' | 'leavesOnly'>;

export interface FindAnswer {
  nodes: FoundNode[];
  truncated: boolean;
}

export interface CachedPoints {
  timestamps: Float64Array;
  values: Float64Array;
}

export interface QueryOptions extends ReplicasOptions {
  readonly client: NodeClient;
  /** Is told where replicas differ; nobody is without it. */
  readonly repairs?: ReadRepairs;
  /** Requests of questions about many names that nodes have in hand at a time. */
  readonly partsAtOnce?: number;
}

/** Finds the shard of each name, asks its replicas, the live ones first, and merges what they say. */
export class Query {
  readonly inquiry: Inquiry;
  readonly #replicas: Replicas;
  readonly #options: QueryOptions;
  readonly #parts: NodeParts;
  readonly #questions: NameQuestions;
  readonly #foldsInVain: FoldsInVain;

  /**
   * @param inquiry for whose sake is asked; one that sees all and is not looked at where there is none
   * @param parts of questions of all inquiries
   * @param foldsInVain of all of them as well
   */
  constructor(
    options: QueryOptions,
    inquiry: Inquiry = new Inquiries(false).open(),
    parts = new NodeParts(options.clock, new LongWorkPace(options.clock), options.partsAtOnce),
    foldsInVain = new FoldsInVain(),
  ) {
    this.inquiry = inquiry;
    this.#foldsInVain = foldsInVain;
    this.#parts = parts;
    this.#options = options;
    this.#questions = new NameQuestions(options, inquiry, parts);
    this.#replicas = new Replicas(options, inquiry);
  }

  /** Of work for long requests, which goes on beside short ones. */
  get pace(): LongWorkPace {
    return this.#parts.pace;
  }

  get tags(): Tags {
    return new Tags({ ...this.#options, replicas: this.#replicas, inquiry: this.inquiry });
  }

  /** The same for an inquiry. Names that it may not see are as if they were not there. */
  for(inquiry: Inquiry): Query {
    return new Query(this.#options, inquiry, this.#parts, this.#foldsInVain);
  }

  /** The nodes of the metric tree that match a glob, sorted by path; a leaf and a branch may share one. */
  find(query: string, limit: number): Promise<FindAnswer> {
    return this.#find(query, limit, { namesOnly: false, leavesOnly: false });
  }

  /** As `find`, of metrics alone: folders do not count towards the limit. */
  findLeaves(query: string, limit: number): Promise<FindAnswer> {
    return this.#find(query, limit, { namesOnly: false, leavesOnly: true });
  }

  /** As `find`, of the last parts of the paths alone, each once: `path` is a name. */
  async findNames(query: string, limit: number): Promise<FindAnswer> {
    if (this.inquiry.prefixes === undefined) {
      return this.#find(query, limit, { namesOnly: true, leavesOnly: false });
    }
    // Whether a name may be seen is told by its path.
    const { nodes, truncated } = await this.find(query, limit);
    const found = { leaves: new Set<string>(), branches: new Set<string>() };
    for (const { path, isLeaf } of nodes)
      found[isLeaf ? 'leaves' : 'branches'].add(path.slice(path.lastIndexOf('.') + 1));
    const { leaves, branches } = found;
    const once = { leaves: [...leaves], branches: [...branches], truncated };
    return sortedNodes([once], limit, this.#questions.turns());
  }

  async #find(query: string, limit: number, which: Which): Promise<FindAnswer> {
    const glob = parseGlob(query);
    if (glob instanceof GlobRefusal) throw new CarbonbusError('BAD_REQUEST', glob.reason);
    const answers = await this.#replicas.askAll(
      (node, shards) => this.#questions.ask(node, { type: 'find', query, limit, shards, ...which }),
      (answer) => answer.shards,
    );
    const turns = this.#questions.turns();
    if (this.inquiry.prefixes === undefined) return sortedNodes(answers, limit, turns);
    const seen = answers.map(({ leaves, branches, truncated }) => ({
      leaves: leaves.filter((path) => this.maySee(path)),
      branches: branches.filter((path) => this.#mayBeEntered(path)),
      truncated,
    }));
    return sortedNodes(seen, limit, turns);
  }

  /** The series of the names that exist, in the order of the names. */
  fetch(names: readonly string[], window: FetchWindow): Promise<readonly Series[]> {
    return this.#seriesFetch(window).named(names);
  }

  /** The series of all metrics that match a glob, or what was made of them; none where there are more than `limit`. */
  fetchMatching(
    query: string,
    limit: number,
    window: FetchWindow,
    fold?: FoldKind,
  ): Promise<Matching> {
    return this.#seriesFetch(window).matching(query, limit, fold);
  }

  /** Points that are not on disk yet, by name, in order of arrival; of the replica that holds most. */
  async cached(names: readonly string[]): Promise<Map<string, CachedPoints>> {
    const byShard = await this.#questions.placesByShard(names);
    const asked = await this.#replicas.ask(
      [...byShard.keys()],
      this.#questions.inParts(names, byShard, (node) => ({
        ask: (some) => this.#questions.ask(node, { type: 'cached', names: some }),
        bytesOf: ({ metrics }) =>
          metrics.reduce((bytes, { timestamps }) => bytes + 2 * timestamps.length, 0),
      })),
    );
    const points = new Map<string, CachedPoints>();
    for (const { answer } of asked) {
      for (const part of answer ?? []) {
        for (const { name, timestamps, values } of part.metrics) {
          const known = points.get(name);
          if (known !== undefined && known.timestamps.length * 8 >= timestamps.length) continue;
          points.set(name, {
            timestamps: columnDoubles(timestamps),
            values: columnDoubles(values),
          });
        }
      }
    }
    return points;
  }

  /** Whether a metric of this name may be seen, if there is one. */
  maySee(name: string): boolean {
    return this.#questions.maySee(name);
  }

  /** A folder may be seen where something in it may. */
  #mayBeEntered(path: string): boolean {
    const { prefixes = [] } = this.inquiry;
    const folder = `${path}.`;
    return prefixes.some((prefix) => folder.startsWith(prefix) || prefix.startsWith(folder));
  }

  #seriesFetch(window: FetchWindow): SeriesFetch {
    const { shardMap, repairs } = this.#options;
    const parts = {
      questions: this.#questions,
      replicas: this.#replicas,
      shardMap,
      repairs,
      foldsInVain: this.#foldsInVain,
    };
    return new SeriesFetch({ ...parts, inquiry: this.inquiry }, window);
  }
}

/** Sorted, each path once; at most `limit`. */
async function sortedNodes(
  found: readonly FoundMessage[],
  limit: number,
  turns: Turns,
): Promise<FindAnswer> {
  const all = {
    leaves: found.flatMap((one) => one.leaves),
    branches: found.flatMap((one) => one.branches),
  };
  const leaves = await sortedOnce(all.leaves, turns);
  const branches = await sortedOnce(all.branches, turns);
  const nodes: FoundNode[] = [];
  for (let leaf = 0, branch = 0; leaf < leaves.length || branch < branches.length; ) {
    const isLeaf =
      branch === branches.length || (leaf < leaves.length && leaves[leaf] <= branches[branch]);
    nodes.push({ path: isLeaf ? leaves[leaf++] : branches[branch++], isLeaf });
    if (nodes.length > limit) break;
  }
  const truncated = nodes.length > limit || found.some((one) => one.truncated);
  if (nodes.length > limit) nodes.length = limit;
  return { nodes, truncated };
}
