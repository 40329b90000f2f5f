import type { NatsConnection } from 'nats';
import type { FactoryFunction, InjectionToken } from 'tsyringe';
import type { Auditor } from '../actors/audit/auditor.js';
import type { FanOut } from '../actors/destinations/fan-out.js';
import type { Forwarder } from '../actors/destinations/forwarder.js';
import type { Membership } from '../actors/membership/membership.js';
import type { MirrorSupervisor } from '../actors/mirrors/mirror-supervisor.js';
import type { Node } from '../actors/node/node.js';
import type { Bus, IngestSource } from '../actors/ports/bus.js';
import type { Clock } from '../actors/ports/clock.js';
import type { LogReader, LogWriter } from '../actors/ports/log.js';
import type { Logger } from '../actors/ports/logger.js';
import type { ClusterObserver } from '../actors/query/cluster-view.js';
import type { MetricHeaders } from '../actors/query/metric-headers.js';
import type { NodeClient } from '../actors/query/node-client.js';
import type { Query } from '../actors/query/query.js';
import type { ReadRepairs } from '../actors/query/read-repairs.js';
import type { DatagramReceiver } from '../actors/receiver/datagram-receiver.js';
import type { PostReceiver } from '../actors/receiver/post-receiver.js';
import type { RejectionLog } from '../actors/receiver/rejection-log.js';
import type { StreamReceiver } from '../actors/receiver/stream-receiver.js';
import type { IngestReader } from '../actors/relay/ingest.js';
import type { LogConnection } from '../actors/relay/log-connection.js';
import type { Relay } from '../actors/relay/relay.js';
import type { NodeRepairs } from '../actors/repair/node-repairs.js';
import type { RetiredShards } from '../actors/repair/retired-shards.js';
import type { QueueBudget } from '../actors/shard/budget.js';
import type { WriteLimits } from '../actors/shard/rate-limit.js';
import type { Statsd } from '../actors/statsd/statsd.js';
import type { Settings } from '../config/settings.js';
import type { OpenMessages } from '../protocols/writers/open-messages.js';
import type { ShardMap } from '../routing/shard-map.js';
import type { LiveDestinationRouting } from '../storage/destination-rule-files.js';
import type { Files } from '../storage/files.js';
import type { LiveReadTokens } from '../storage/read-token-file.js';
import type { LiveRelayRules } from '../storage/relay-rule-files.js';
import type { StorageRules } from '../storage/storage-rules.js';

/** What a process has before anything is composed. */
export interface Given {
  settings: Settings;
  /** LOCAL_DATA_DIR, as an absolute path. */
  dataFolder: string;
  /** The name of this relay, node or api. */
  name: string;
  logger: Logger;
  clock: Clock;
  files: Files;
  rules: StorageRules;
  relayRules: LiveRelayRules;
  readTokens: LiveReadTokens;
  /** The rules by which points are sent to DESTINATIONS; only in a forwarder that has some. */
  destinationRouting: LiveDestinationRouting | undefined;
  /** For publishing, requests and heartbeats. */
  connection: NatsConnection;
  /** For reading logs, so that a reader thrown out as too slow takes no acknowledgement with it. */
  readConnection: NatsConnection;
  openFilesMax: number;
}

function token<T>(name: string): InjectionToken<T> {
  return Symbol(name);
}

export const GIVEN = token<Given>('Given');
export const BUS = token<Bus>('Bus');
export const LOG_READER = token<LogReader>('LogReader');
export const LOG_CONNECTION = token<LogConnection>('LogConnection');
export const LOG_WRITER = token<LogWriter>('LogWriter');
export const INGEST_SOURCE = token<IngestSource>('IngestSource');
export const SHARD_MAP = token<ShardMap>('ShardMap');
export const MEMBERSHIP = token<Membership>('Membership');
export const REJECTIONS = token<RejectionLog>('RejectionLog');
export const RELAY = token<Relay>('Relay');
export const INGEST_READER = token<IngestReader>('IngestReader');
export const STREAM_RECEIVER = token<StreamReceiver>('StreamReceiver');
export const STATSD = token<Statsd>('Statsd');
export const POST_RECEIVER = token<PostReceiver>('PostReceiver');
export const DATAGRAM_RECEIVER = token<DatagramReceiver>('DatagramReceiver');
export const WRITE_LIMITS = token<WriteLimits>('WriteLimits');
export const QUEUE_BUDGET = token<QueueBudget>('QueueBudget');
export const MIRROR_SUPERVISORS = token<MirrorSupervisor[]>('MirrorSupervisors');
export const NODE_FACTORY = token<(changed: () => void) => Node>('NodeFactory');
export const RETIRED_SHARDS = token<RetiredShards>('RetiredShards');
export const NODE_REPAIRS = token<(node: Node) => NodeRepairs>('NodeRepairs');
export const NODE_CLIENT = token<NodeClient>('NodeClient');
export const AUDITOR = token<Auditor>('Auditor');
export const QUERY = token<Query>('Query');
export const READ_REPAIRS = token<ReadRepairs>('ReadRepairs');
export const METRIC_HEADERS = token<MetricHeaders>('MetricHeaders');
export const FAN_OUT = token<FanOut>('FanOut');
export const OPEN_MESSAGES = token<OpenMessages>('OpenMessages');
export const DESTINATION_ROUTING = token<LiveDestinationRouting>('DestinationRouting');
export const FORWARDER = token<Forwarder>('Forwarder');
export const OBSERVER = token<ClusterObserver>('ClusterObserver');

/** Registers a maker whose result every later `resolve` shares. */
export type Register = <T>(what: InjectionToken<T>, make: FactoryFunction<T>) => void;

/** Registers what belongs to one subject. A role is composed of the parts that it needs. */
export type Part = (given: Given, once: Register) => void;
