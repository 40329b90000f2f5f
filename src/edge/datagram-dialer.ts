import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import type { Dial } from '../actors/ports/dial.js';
import { errorText } from '../errors.js';

/** What a packet of Ethernet holds of UDP's bytes, with room for what tunnels add. */
const DATAGRAM_BYTES_MAX = 1432;
const NEWLINE = 10;

/**
 * Sends lines to daemons over UDP. There is no connection: a daemon is taken for there as soon as its name is resolved, and
 * for gone when its host says that nobody listens. What it does not take is lost, and nobody is told.
 */
export const datagramDialer: Dial = ({ host, port }, events) => {
  const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
  let reason = 'closed';
  let isOpen = true;
  let isEnding = false;
  let datagramsLeft = 0;
  const close = (): void => {
    if (isOpen) socket.close();
    isOpen = false;
  };
  const lost = (error: Error): void => {
    if (isOpen) reason = errorText(error);
    close();
  };
  const sent = (error: Error | null): void => {
    datagramsLeft--;
    if (error !== null) lost(error);
    else if (isEnding && datagramsLeft === 0) close();
  };
  socket.once('connect', () => events.connected());
  socket.on('error', lost);
  socket.once('close', () => events.closed(reason));
  socket.connect(port, host);
  return {
    write: (bytes, taken) => {
      const datagrams = datagramsOf(bytes);
      const last = datagrams.length - 1;
      datagramsLeft += datagrams.length;
      for (const [i, datagram] of datagrams.entries())
        socket.send(datagram, (error) => {
          if (error === null && isOpen && i === last) taken();
          sent(error);
        });
    },
    end: () => {
      isEnding = true;
      if (datagramsLeft === 0) close();
    },
    destroy: close,
  };
};

/** Whole lines, as many as a datagram holds; one that is longer is alone. */
export function datagramsOf(lines: Uint8Array): Uint8Array[] {
  const datagrams: Uint8Array[] = [];
  let start = 0;
  while (start < lines.length) {
    const limit = start + DATAGRAM_BYTES_MAX;
    let end = lines.length <= limit ? lines.length : lines.lastIndexOf(NEWLINE, limit - 1) + 1;
    if (end <= start) end = lines.indexOf(NEWLINE, start) + 1 || lines.length;
    datagrams.push(lines.subarray(start, end));
    start = end;
  }
  return datagrams;
}
