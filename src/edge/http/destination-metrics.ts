import { Counter, Gauge, type Registry } from 'prom-client';
import type { Member } from '../../actors/membership/membership.js';
import type { DestinationReport } from '../../protocols/heartbeat.js';

const GAUGES: Record<string, [help: string, of: (report: DestinationReport) => number]> = {
  live: [
    '1 while a legacy destination is reached and not behind',
    ({ state }) => Number(state === 'live'),
  ],
  daemons_up: ['Daemons of a legacy destination that take points', ({ daemonsUp }) => daemonsUp],
  lag_messages: ['Log messages that were not sent to a legacy destination yet', ({ lag }) => lag],
  pending_points: [
    'Points in memory for a legacy destination',
    ({ pendingPoints }) => pendingPoints,
  ],
};

const COUNTERS: Record<string, [help: string, counter: string]> = {
  points_sent: ['Points that the system has taken for a legacy destination', 'pointsSent'],
  messages_sent: ['Messages that the system has taken for a legacy destination', 'messagesSent'],
  bytes_sent: ['Bytes that the system has taken for a legacy destination', 'bytesSent'],
  points_resent: ['Points sent again, since it was not sure that they had arrived', 'pointsResent'],
  points_cut_off: ['Points on their way as a connection was lost', 'pointsCutOff'],
  unsendable: ['Points whose name the protocol of the destination cannot say', 'unsendable'],
  connections_lost: ['Connections to legacy destinations that were lost', 'connectionsLost'],
  messages_lost: ['Log messages removed by retention before they were sent', 'messagesLost'],
};

/** Adds what the forwarders tell of their destinations. */
export function addDestinations(registry: Registry, forwarders: readonly Member[]): void {
  const labelNames = ['forwarder', 'destination'];
  const registers = [registry];
  const told = forwarders.flatMap(({ name, last }) =>
    (last?.destinations ?? []).map((report) => ({
      labels: { forwarder: name, destination: report.name },
      report,
    })),
  );
  for (const [short, [help, of]] of Object.entries(GAUGES)) {
    const gauge = new Gauge({
      name: `carbonbus_destination_${short}`,
      help,
      labelNames,
      registers,
    });
    for (const { labels, report } of told) gauge.set(labels, of(report));
  }
  for (const [short, [help, name]] of Object.entries(COUNTERS)) {
    const full = `carbonbus_destination_${short}_total`;
    const counter = new Counter({ name: full, help, labelNames, registers });
    for (const { labels, report } of told) counter.inc(labels, report.counters[name] ?? 0);
  }
}
