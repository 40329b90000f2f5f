/**
 * Many small senders, as a process of its own: `node agents.js PORT IDLE CHATTERING RATE SECONDS`. Opens the idle
 * connections and the chattering ones, says `ready`, and at a line on standard input sends RATE lines a second in
 * all, each with a write of its own, so that each goes as a packet. Ends by printing how many it has sent.
 */
import { once } from 'node:events';
import { createConnection, type Socket } from 'node:net';

const [port, idle, chattering, rate, seconds] = process.argv.slice(2).map(Number);
const TICK_MS = 2;

async function connections(count: number): Promise<Socket[]> {
  const sockets: Socket[] = [];
  for (let i = 0; i < count; i++) {
    const socket = createConnection({ host: '127.0.0.1', port, noDelay: true });
    await once(socket, 'connect');
    sockets.push(socket);
  }
  return sockets;
}

const silent = await connections(idle);
const sockets = await connections(chattering);
const names = sockets.map((_, i) =>
  Array.from({ length: 50 }, (_, m) => `servers.dc1.host${String(i).padStart(4, '0')}.cpu.m${m}`),
);
process.stdout.write('ready\n');
await once(process.stdin, 'data');

const startMs = performance.now();
let sent = 0;
while (performance.now() - startMs < seconds * 1_000) {
  const due = Math.floor(((performance.now() - startMs) / 1_000) * rate);
  const nowS = Math.floor(Date.now() / 1_000);
  for (; sent < due; sent++) {
    const i = sent % sockets.length;
    const name = names[i][Math.floor(sent / sockets.length) % 50];
    sockets[i].write(`${name} ${sent} ${nowS}\n`);
  }
  await new Promise((wake) => setTimeout(wake, TICK_MS));
}
const tookS = (performance.now() - startMs) / 1_000;
await Promise.all(
  sockets.map((socket) => {
    socket.end();
    return once(socket.resume(), 'close');
  }),
);
for (const socket of silent) socket.destroy();
process.stdout.write(`${JSON.stringify({ sent, tookS })}\n`);
process.exit(0);
