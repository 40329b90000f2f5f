import { once } from 'node:events';
import { type AddressInfo, createServer, type Server } from 'node:net';

/** A daemon that takes lines, and keeps every one that comes. */
export interface LineSink {
  port: number;
  lines: Set<string>;
  server: Server;
}

/** Listens on a free port of the loopback interface. */
export async function startLineSink(): Promise<LineSink> {
  const lines = new Set<string>();
  const server = createServer((socket) => {
    let rest = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const whole = (rest + text).split('\n');
      rest = whole.pop() ?? '';
      for (const line of whole) lines.add(line);
    });
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, lines, server };
}
