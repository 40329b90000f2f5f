import { CarbonbusError, errorText } from '../../errors.js';
import type { InfoMessage } from '../../protocols/messages.js';
import type { ShardMap } from '../../routing/shard-map.js';
import type { Membership } from '../membership/membership.js';
import { Inquiries, type Inquiry } from './inquiry.js';
import type { NodeClient } from './node-client.js';
import { replicasToAsk } from './replica-choice.js';

/** Names of one request to a node. */
const NAMES_PER_REQUEST = 500;

export interface MetricHeadersOptions {
  readonly client: NodeClient;
  readonly membership: Membership;
  readonly shardMap: ShardMap;
}

/** What stands in the headers of whisper files, wherever in the cluster they are. */
export class MetricHeaders {
  readonly #client: NodeClient;
  readonly #membership: Membership;
  readonly #shardMap: ShardMap;
  readonly #options: MetricHeadersOptions;
  readonly #inquiry: Inquiry;

  /** @param inquiry for whose sake is asked; one that is not looked at where there is none */
  constructor(options: MetricHeadersOptions, inquiry: Inquiry = new Inquiries(false).open()) {
    this.#options = options;
    this.#inquiry = inquiry;
    this.#client = options.client;
    this.#membership = options.membership;
    this.#shardMap = options.shardMap;
  }

  /** The same for an inquiry. */
  for(inquiry: Inquiry): MetricHeaders {
    return new MetricHeaders(this.#options, inquiry);
  }

  /** The header of a metric's file; undefined where no replica has one. Errors: `NO_REPLICA`. */
  async info(name: string): Promise<InfoMessage | undefined> {
    const shard = this.#shardMap.shardOfMetric(name);
    const { likely, doubtful } = replicasToAsk(this.#shardMap, this.#membership, shard);
    const failures: string[] = [];
    for (const nodes of [likely, doubtful]) {
      let answered = false;
      for (const node of nodes) {
        try {
          const { metrics } = await this.#client.ask('node', node, { type: 'info', names: [name] });
          const told = { node, asked: [shard], answered: [shard] };
          this.#inquiry.note({ shards: [shard], behind: [], nodes: [told] });
          if (metrics.length > 0) return metrics[0];
          answered = true;
        } catch (error) {
          failures.push(errorText(error));
        }
      }
      if (answered) return undefined;
    }
    throw new CarbonbusError('NO_REPLICA', `no node answered: ${failures.join('; ')}`);
  }

  /**
   * The headers of many metrics, each from the replica that is asked first: those that it does not tell of in time are left
   * out. That is no part of an answer that somebody could miss: it counts for nothing.
   */
  async infos(names: readonly string[]): Promise<Map<string, InfoMessage>> {
    const byNode = new Map<string, string[]>();
    for (const name of names) {
      const shard = this.#shardMap.shardOfMetric(name);
      const { likely, doubtful } = replicasToAsk(this.#shardMap, this.#membership, shard);
      const [node] = [...likely, ...doubtful];
      const some = byNode.get(node);
      if (some) some.push(name);
      else byNode.set(node, [name]);
    }
    const asked: Promise<{ metrics: InfoMessage[] }>[] = [];
    for (const [node, all] of byNode) {
      for (let at = 0; at < all.length; at += NAMES_PER_REQUEST) {
        const some = all.slice(at, at + NAMES_PER_REQUEST);
        asked.push(this.#client.ask('node', node, { type: 'info', names: some }));
      }
    }
    const answers = await Promise.allSettled(asked);
    const found = answers.flatMap((one) => (one.status === 'fulfilled' ? one.value.metrics : []));
    return new Map(found.map((info) => [info.name, info]));
  }

  /**
   * Sets the aggregation method in the files of all replicas.
   *
   * @returns the method that the first of them had; undefined where none has a file
   * Errors: `PARTLY_SET` where a replica could not be changed: asking again sets it there too.
   */
  async setAggregationMethod(name: string, method: string): Promise<string | undefined> {
    const nodes = this.#shardMap.nodesOf(this.#shardMap.shardOfMetric(name));
    const answers = await Promise.allSettled(
      nodes.map((node) =>
        this.#client.ask('node', node.name, { type: 'setAggregationMethod', name, method }),
      ),
    );
    const failures: string[] = [];
    const olds: string[] = [];
    answers.forEach((answer, i) => {
      if (answer.status === 'rejected') failures.push(errorText(answer.reason));
      else if (answer.value.old === null) failures.push(`${nodes[i].name} has no file of it`);
      else olds.push(answer.value.old);
    });
    if (olds.length === 0 && answers.every(({ status }) => status === 'fulfilled'))
      return undefined;
    if (failures.length > 0) throw new CarbonbusError('PARTLY_SET', failures.join('; '));
    return olds[0];
  }
}
