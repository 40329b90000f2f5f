import { connect } from 'nats';
import { shardStream } from '../../src/protocols/subjects.js';

/** For a cluster of which `forgetLogs` is to be possible: only who belongs to it may. */
const USER = 'owner';
export const OWNER: string[] = [`NATS_USER = ${USER}`, `NATS_PASSWORD = ${USER}`];

/** As if all in the logs of shards but the newest messages were older than `SHARD_LOG_MAX_AGE`. */
export async function forgetLogs(port: number, shards: number, kept = 0): Promise<void> {
  const connection = await connect({ port, user: USER, pass: USER, inboxPrefix: `_INBOX_${USER}` });
  const manager = await connection.jetstreamManager();
  for (let shard = 0; shard < shards; shard++)
    await manager.streams.purge(shardStream(shard), { keep: kept });
  await connection.close();
}
