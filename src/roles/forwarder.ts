import type { DependencyContainer } from 'tsyringe';
import { RuleReloads } from '../actors/rules/rule-reloads.js';
import type { Deltas, SelfReport } from '../actors/self-metrics/self-metrics.js';
import { registerBus } from '../composition/bus.js';
import { registerForwarder } from '../composition/forwarder.js';
import { DESTINATION_ROUTING, FORWARDER, GIVEN } from '../composition/tokens.js';
import { ownDestinations } from '../config/own-destinations.js';
import type { Settings } from '../config/settings.js';
import { onReloadSignal } from '../edge/child-process.js';
import { cpuSeconds, residentBytes } from '../edge/process-usage.js';
import { CarbonbusError } from '../errors.js';
import type { DestinationReport } from '../protocols/heartbeat.js';
import { startHeartbeat } from './heartbeat.js';
import type { RoleProgram, RunningRole } from './role.js';
import { startSelfMetrics } from './self-metrics.js';

/** Runs the forwarder: reads the shard logs and sends their points to the carbon daemons of DESTINATIONS. */
export const FORWARDER_PROGRAM: RoleProgram = {
  isOnly: true,
  parts: [registerBus, registerForwarder],
  start: startForwarder,
};

async function startForwarder(container: DependencyContainer): Promise<RunningRole> {
  const { settings, clock, logger } = container.resolve(GIVEN);
  refuseUnusable(settings.relay);
  const forwarder = container.resolve(FORWARDER);
  const reloads = new RuleReloads({
    what: 'the rules of the destinations',
    rules: container.resolve(DESTINATION_ROUTING),
    clock,
    log: logger,
    intervalMs: settings.relay.ruleReloadIntervalMs,
  });
  onReloadSignal(() => reloads.check());
  await forwarder.start();
  let state: 'live' | 'draining' | 'left' = 'live';
  const selfMetrics = startSelfMetrics(container, 'forwarder', (deltas) =>
    report(forwarder.reports(), deltas),
  );
  const heartbeat = startHeartbeat(container, {
    role: 'forwarder',
    state: () => state,
    destinations: () => forwarder.reports(),
    counters: () => ({
      malformedBatches: forwarder.malformedBatches,
      ruleReloadErrors: reloads.errors,
      selfReportsLost: selfMetrics.lostReports,
      cpuSeconds: cpuSeconds(),
      residentBytes: residentBytes(),
    }),
  });
  return {
    failed: forwarder.failed,
    async stop() {
      state = 'draining';
      selfMetrics.stop();
      reloads.stop();
      await forwarder.stop();
      state = 'left';
      heartbeat.stop();
    },
  };
}

/** Nobody to send to, or a relay of this very cluster: its points would come round again and again. */
function refuseUnusable(relay: Settings['relay']): void {
  if (relay.destinations.length === 0)
    throw new CarbonbusError('DESTINATIONS_UNUSABLE', 'DESTINATIONS of [relay] lists no daemon');
  const loops = ownDestinations(relay);
  if (loops.length > 0) throw new CarbonbusError('DESTINATIONS_UNUSABLE', loops.join('\n'));
}

/** As carbon-relay names it: `destinations.<host>_<port>_<instance>.sent`. */
function report(destinations: readonly DestinationReport[], deltas: Deltas): SelfReport {
  const all: SelfReport = {};
  for (const { name, pendingPoints, lag, counters } of destinations) {
    const prefix = `destinations.${name.replace(/[^A-Za-z0-9_-]/g, '_')}`;
    const sent = deltas.since(`${prefix}.sent`, counters.pointsSent);
    all[`${prefix}.sent`] = sent;
    all[`${prefix}.attemptedRelays`] = sent + pendingPoints;
    all[`${prefix}.batchesSent`] = deltas.since(`${prefix}.batches`, counters.messagesSent);
    all[`${prefix}.resent`] = deltas.since(`${prefix}.resent`, counters.pointsResent);
    all[`${prefix}.relayMaxQueueLength`] = pendingPoints;
    all[`${prefix}.fullQueueDrops`] = 0;
    all[`${prefix}.lag`] = lag;
  }
  return all;
}
