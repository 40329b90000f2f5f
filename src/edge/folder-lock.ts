import { once } from 'node:events';
import { createConnection, createServer, type Server } from 'node:net';
import { errorCode } from '../errors.js';

/** Who has a lock is asked for its name, for so long. */
const ASK_MS = 1_000;
const NAME_BYTES_MAX = 200;
const UNNAMED = 'another process';

/**
 * Has a folder for this process alone, until it ends in whatever way: the kernel frees the name of an abstract socket with
 * the process, so that nothing stale is ever left. Only Linux has such names; elsewhere nothing is locked.
 *
 * @param identity the same for all paths to a folder
 * @param holder what others are told of this process
 * @returns who has it; undefined when this process has it now
 */
export async function lockFolder(identity: string, holder: string): Promise<string | undefined> {
  if (process.platform !== 'linux') return undefined;
  const path = `\0carbonbus:${identity}`;
  const server = createServer((socket) => socket.on('error', () => undefined).end(holder));
  if (!(await listens(server, path))) return nameOfHolder(path);
  server.unref();
  return undefined;
}

async function listens(server: Server, path: string): Promise<boolean> {
  try {
    await once(server.listen(path), 'listening');
    return true;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return false;
    throw error;
  }
}

/** One that is stopped, or ends just now, is still told of. */
function nameOfHolder(path: string): Promise<string> {
  const socket = createConnection({ path });
  return new Promise((resolve) => {
    let name = '';
    socket.setEncoding('utf8').setTimeout(ASK_MS, () => socket.destroy());
    socket.on('data', (text) => {
      name += text;
      if (name.length > NAME_BYTES_MAX) socket.destroy();
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(name.slice(0, NAME_BYTES_MAX) || UNNAMED));
  });
}
