import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { DependencyContainer } from 'tsyringe';
import { Deltas, SelfMetrics, type SelfReport } from '../actors/self-metrics/self-metrics.js';
import { GIVEN, LOG_WRITER } from '../composition/tokens.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import type { Role } from '../protocols/heartbeat.js';
import { selfMetricsSubject } from '../protocols/subjects.js';
import { SECTIONS } from './role.js';

/** Carbon's second part of the name, by role. */
const KINDS: Record<Role, string> = {
  node: 'agents',
  relay: 'relays',
  forwarder: 'relays',
  api: 'api',
};

/** Starts the self-metrics of this process, as `carbon.agents.<host>-<instance>.*` and the like. */
export function startSelfMetrics(
  container: DependencyContainer,
  role: Role,
  report: (deltas: Deltas) => SelfReport,
): SelfMetrics {
  const { settings, name, clock, logger } = container.resolve(GIVEN);
  const section = settings[SECTIONS[role]];
  const deltas = new Deltas();
  const instance = `${hostname().replaceAll('.', '_')}-${name}`;
  let lastMs = clock.monotonicMs();
  return new SelfMetrics({
    prefix: `${section.carbonMetricPrefix}.${KINDS[role]}.${instance}`,
    subject: selfMetricsSubject(role, name),
    idPrefix: `${role}:${name}:${randomUUID()}`,
    intervalMs: section.carbonMetricIntervalMs,
    report: () => {
      const nowMs = clock.monotonicMs();
      const elapsedS = (nowMs - lastMs) / 1000;
      lastMs = nowMs;
      return {
        ...report(deltas),
        cpuUsage: (deltas.since('cpu', cpuSeconds()) * 100) / elapsedS,
        memUsage: residentBytes(),
      };
    },
    log: container.resolve(LOG_WRITER),
    clock,
    logger,
  });
}
