import { once } from 'node:events';
import { createConnection } from 'node:net';
import { basename, dirname } from 'node:path';
import { CarbonbusError } from '../errors.js';
import type { Files } from '../storage/files.js';

/**
 * Removes the Unix socket at `path` that a process left behind. Whatever else lies there stays.
 *
 * @throws CarbonbusError `EADDRINUSE` where somebody listens on it, or it is no socket
 */
export async function removeStaleSocket(files: Files, path: string): Promise<void> {
  if (files.size(path) === undefined) return;
  const name = basename(path);
  for (const entry of files.list(dirname(path))) {
    if (entry.name !== name) continue;
    if (entry.kind !== 'other')
      throw new CarbonbusError('EADDRINUSE', 'there is something else at that path');
    if (await isListenedOn(path))
      throw new CarbonbusError('EADDRINUSE', 'another process listens there');
    files.remove(path);
  }
}

async function isListenedOn(path: string): Promise<boolean> {
  const socket = createConnection({ path });
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false; // refused: nobody has it open
  } finally {
    socket.destroy();
  }
}
