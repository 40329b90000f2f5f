import { createSocket } from 'node:dgram';
import { createServer } from 'node:net';
import { CarbonbusError, errorCode, errorText } from '../errors.js';

/** Of a host that is unknown, or another machine. */
const NO_ADDRESS = new Set(['EADDRNOTAVAIL', 'ENOTFOUND', 'EAI_AGAIN']);

/** Where to listen, and the setting that says so. */
export interface ListenAddress {
  readonly host: string;
  readonly port: number;
  /** For the message: `LINE_RECEIVER_PORT`. */
  readonly setting: string;
}

/** A port that is about to be listened on, and the settings that chose it. */
export interface WantedPort extends ListenAddress {
  readonly protocol: 'tcp' | 'udp';
}

/**
 * Refuses a port that cannot be listened on, before anything is started that needs it.
 * @throws CarbonbusError `PORT_UNAVAILABLE`, with one line that names the setting
 */
export async function requireFreePort(wanted: WantedPort): Promise<void> {
  try {
    await (wanted.protocol === 'tcp' ? tryTcp(wanted) : tryUdp(wanted));
  } catch (error) {
    throw portUnavailable(wanted, error);
  }
}

/** The one line about a port that could not be opened. */
export function portUnavailable(wanted: WantedPort, cause: unknown): CarbonbusError {
  const { protocol, host, port } = wanted;
  const text = `port ${port}/${protocol} on ${host} ${obstacleOf(wanted, cause)}`;
  return new CarbonbusError('PORT_UNAVAILABLE', text, { cause });
}

function obstacleOf({ setting }: WantedPort, cause: unknown): string {
  const code = errorCode(cause) ?? '';
  if (code === 'EADDRINUSE') return `is in use: stop what listens there, or change ${setting}`;
  const failed = `cannot be opened (${errorText(cause)})`;
  if (!NO_ADDRESS.has(code)) return `${failed}: change ${setting}`;
  return `${failed}: ${setting.replace(/_PORT\b.*/, '_INTERFACE')} must name an address of this machine`;
}

function tryTcp({ host, port }: WantedPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve()));
  });
}

function tryUdp({ host, port }: WantedPort): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
    socket.once('error', reject);
    socket.bind({ port, address: host, exclusive: true }, () => socket.close(() => resolve()));
  });
}
