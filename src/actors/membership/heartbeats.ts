import { decode, encode } from '../../protocols/codec.js';
import {
  type DestinationReport,
  type Heartbeat,
  type LogReport,
  NODE_STATES,
  type ReplicaReport,
  ROLES,
} from '../../protocols/heartbeat.js';
import type { RetiredReport } from '../../protocols/repair-messages.js';
import { HEARTBEAT_SUBJECT } from '../../protocols/subjects.js';
import type { Bus } from '../ports/bus.js';
import type { Cancel, Clock } from '../ports/clock.js';

/** Tells the others at a steady interval, and at once after a change of state, how this process is. */
export class HeartbeatSender {
  readonly #bus: Bus;
  readonly #describe: () => Heartbeat;
  readonly #cancel: Cancel;

  constructor(bus: Bus, clock: Clock, intervalMs: number, describe: () => Heartbeat) {
    this.#bus = bus;
    this.#describe = describe;
    this.#cancel = clock.every(intervalMs, () => this.beat());
    this.beat();
  }

  beat(): void {
    this.#bus.publish(HEARTBEAT_SUBJECT, encode(this.#describe()));
  }

  stop(): void {
    this.#cancel();
    this.beat();
  }
}

/** Reads a heartbeat; throws on anything else, since every process on the bus can send one. */
export function readHeartbeat(bytes: Uint8Array): Heartbeat {
  const heartbeat = decode(bytes) as Heartbeat;
  const isHeartbeat =
    ROLES.includes(heartbeat.role) &&
    NODE_STATES.includes(heartbeat.state) &&
    typeof heartbeat.name === 'string' &&
    typeof heartbeat.counters === 'object' &&
    heartbeat.counters !== null &&
    Array.isArray(heartbeat.shards) &&
    heartbeat.shards.every(isReport) &&
    (heartbeat.replay === undefined ||
      [heartbeat.replay?.fromLag, heartbeat.replay?.perSecond].every(Number.isFinite)) &&
    (heartbeat.retired === undefined ||
      (Array.isArray(heartbeat.retired) && heartbeat.retired.every(isRetired))) &&
    (heartbeat.destinations === undefined ||
      (Array.isArray(heartbeat.destinations) && heartbeat.destinations.every(isDestination)));
  if (!isHeartbeat) throw new TypeError('not a heartbeat');
  return heartbeat;
}

function isReport(report: ReplicaReport | null): boolean {
  if (report === null) return false;
  const { shard, checkpoint, applied, queuePoints, rollUpsWaiting } = report;
  const numbers = [shard, checkpoint, applied, queuePoints, rollUpsWaiting];
  const isOfLogs = Array.isArray(report.mirrored) && report.mirrored.every(isLogReport);
  return numbers.every(Number.isFinite) && isOfLogs && typeof report.state === 'string';
}

function isRetired(report: RetiredReport | null): boolean {
  if (report === null) return false;
  const { shard, checkpoint, compared, metrics } = report;
  return (
    [shard, checkpoint, compared, metrics].every((one) => Number.isSafeInteger(one) && one >= 0) &&
    [report.state, report.successor, report.reason].every((one) => typeof one === 'string')
  );
}

function isLogReport(report: LogReport | null): boolean {
  const numbers = [report?.checkpoint, report?.applied, report?.logEnd];
  return numbers.every(Number.isFinite) && typeof report?.datacentre === 'string';
}

function isDestination(report: DestinationReport | null): boolean {
  const numbers = [report?.daemons, report?.daemonsUp, report?.lag, report?.pendingPoints];
  return (
    numbers.every(Number.isFinite) &&
    typeof report?.name === 'string' &&
    typeof report.state === 'string' &&
    typeof report.counters === 'object' &&
    report.counters !== null
  );
}
