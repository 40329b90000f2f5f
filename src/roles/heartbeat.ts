import type { DependencyContainer } from 'tsyringe';
import { HeartbeatSender } from '../actors/membership/heartbeats.js';
import { BUS, GIVEN, SHARD_MAP } from '../composition/tokens.js';
import type {
  DestinationReport,
  Heartbeat,
  NodeState,
  ReplayReport,
  ReplicaReport,
  Role,
} from '../protocols/heartbeat.js';
import type { RetiredReport } from '../protocols/repair-messages.js';

/** What differs from role to role in a heartbeat. */
export interface Pulse {
  role: Role;
  state: () => NodeState;
  shards?: () => ReplicaReport[];
  replay?: () => ReplayReport | undefined;
  retired?: () => RetiredReport[];
  destinations?: () => DestinationReport[];
  counters: () => Record<string, number>;
}

/** Starts the heartbeat of this process. */
export function startHeartbeat(container: DependencyContainer, pulse: Pulse): HeartbeatSender {
  const { settings, name, clock } = container.resolve(GIVEN);
  const { nodes, heartbeatIntervalMs } = settings.cluster;
  const { layout } = container.resolve(SHARD_MAP);
  const incarnation = clock.nowMs();
  const describe = (): Heartbeat => {
    const replay = pulse.replay?.();
    return {
      role: pulse.role,
      name,
      zone: nodes.find((node) => node.name === name)?.zone ?? '',
      pid: process.pid,
      incarnation,
      state: pulse.state(),
      layout,
      shards: pulse.shards?.() ?? [],
      ...(replay && { replay }),
      ...(pulse.retired && { retired: pulse.retired() }),
      ...(pulse.destinations && { destinations: pulse.destinations() }),
      counters: pulse.counters(),
    };
  };
  return new HeartbeatSender(container.resolve(BUS), clock, heartbeatIntervalMs, describe);
}
