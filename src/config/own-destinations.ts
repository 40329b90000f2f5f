import { destinationText } from './destination.js';
import type { Settings } from './settings-table.js';

type RelaySettings = Settings['relay'];

const LOOPBACK = /^(localhost|127\.[\d.]+|::1)$/;
const EVERYWHERE = /^(0\.0\.0\.0|::)$/;

/**
 * The destinations that are listeners of the relay itself, as a stock `DESTINATIONS = 127.0.0.1:2004` may be: what were
 * sent there would come in again, for ever. Addresses are compared; a name of this host is not resolved.
 *
 * @returns a line for each
 */
export function ownDestinations(relay: RelaySettings): string[] {
  return relay.destinations.flatMap(({ host, port, instance }) => {
    const own = listenersOf(relay).find(
      (listener) => listener.port === port && isAt(host, listener.host),
    );
    if (own === undefined) return [];
    const text = destinationText({ host, port, instance });
    return `DESTINATIONS: ${text} is the relay itself (${own.key}): its points would go round for ever; name the carbon daemon that is meant, or take it out`;
  });
}

/** Where a relay takes what carbon daemons are sent. */
function listenersOf(relay: RelaySettings): { key: string; host: string; port: number }[] {
  const { lineReceiverInterface, pickleReceiverInterface, protobufReceiverInterface } = relay;
  const { lineReceiverPort, pickleReceiverPort, protobufReceiverPort } = relay;
  return [
    { key: 'LINE_RECEIVER_PORT', host: lineReceiverInterface, port: lineReceiverPort },
    { key: 'PICKLE_RECEIVER_PORT', host: pickleReceiverInterface, port: pickleReceiverPort },
    { key: 'PROTOBUF_RECEIVER_PORT', host: protobufReceiverInterface, port: protobufReceiverPort },
  ];
}

function isAt(host: string, listener: string): boolean {
  if (host === listener || EVERYWHERE.test(host)) return true;
  return LOOPBACK.test(host) && (LOOPBACK.test(listener) || EVERYWHERE.test(listener));
}
