import { connect as connectTcp, isIP, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { Address, Dial, DialEvents } from '../actors/ports/dial.js';
import { errorText } from '../errors.js';

/** TLS towards a daemon, which is checked against the system's authorities or against those of `ca`. */
export interface DialTls {
  readonly ca?: Buffer;
  /** What is shown to a daemon that asks for a certificate. */
  readonly cert?: Buffer;
  readonly key?: Buffer;
}

const KEEP_ALIVE_MS = 60_000;

/** Connects to carbon daemons over TCP, or over TLS where `tls` is given. */
export function carbonDialer(tls: DialTls | undefined): Dial {
  return (address, events) => {
    const socket = tls === undefined ? plain(address) : secure(address, tls);
    socket.setNoDelay(true);
    socket.setKeepAlive(true, KEEP_ALIVE_MS);
    report(socket, tls === undefined ? 'connect' : 'secureConnect', events);
    return {
      write: (bytes, taken) =>
        void socket.write(bytes, (error) => {
          if (!error) taken();
        }),
      end: () => void socket.end(),
      destroy: () => void socket.destroy(),
    };
  };
}

function plain({ host, port }: Address): Socket {
  return connectTcp({ host, port });
}

function secure({ host, port }: Address, tls: DialTls): Socket {
  return connectTls({ host, port, ...tls, ...(isIP(host) === 0 ? { servername: host } : {}) });
}

/** What the daemon sends is not looked at, but it has to be read for its end to be seen. */
function report(socket: Socket, connectedEvent: string, events: DialEvents): void {
  let reason = 'closed by the daemon';
  socket.once(connectedEvent, () => events.connected());
  socket.on('error', (error) => {
    reason = errorText(error);
  });
  socket.resume();
  socket.once('end', () => socket.destroy());
  socket.once('close', () => events.closed(reason));
}
