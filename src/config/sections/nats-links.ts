import { duration, oneOf, secret } from '../kinds.js';
import { address, serverUrlGroups, serverUrls } from '../network-kinds.js';
import { setting } from './setting.js';

/** How nats-servers hang together: those of one datacentre as a cluster, those of two by a leafnode. */
export const NATS_LINKS = {
  leafListen: setting(
    'LEAF_LISTEN',
    address,
    '',
    'Where the nats-server of this datacentre waits for those of others, as `host:port`.',
  ),
  leafAdvertise: setting(
    'LEAF_ADVERTISE',
    address,
    '',
    'Where other datacentres reach LEAF_LISTEN, as `host:port`, when that is another address: behind a NAT, or in a container. They are told of it once they are connected, and come back to it.',
  ),
  leafRemotes: setting(
    'LEAF_REMOTES',
    serverUrlGroups('nats-leaf'),
    '',
    'LEAF_LISTEN of other datacentres that this one connects to. Of two datacentres one listens and the other connects; of more, one listens and all others connect to it.',
  ),
  leafPassword: setting(
    'LEAF_PASSWORD',
    secret('a password'),
    '',
    'What one datacentre shows to the other, the same in both; when empty, one from NATS_PASSWORD_FILE.',
  ),
  mirrorStuckAfterMs: setting(
    'MIRROR_STUCK_AFTER',
    duration({ min: 5, max: 86_400 }),
    '180',
    'How long a mirror may stand still behind a log that can be reached before it is made again.',
  ),
  streamReplicas: setting(
    'STREAM_REPLICAS',
    oneOf([1, 3, 5]),
    '1',
    'On how many servers of a NATS cluster each log is kept; 3 needs three servers.',
  ),
  clusterListen: setting(
    'NATS_CLUSTER_LISTEN',
    address,
    '',
    'Where this nats-server waits for the others of its NATS cluster, as `host:port`; empty: it is alone.',
  ),
  clusterRoutes: setting(
    'NATS_CLUSTER_ROUTES',
    serverUrls('nats-route'),
    '',
    'NATS_CLUSTER_LISTEN of all servers of the NATS cluster; the same list for each of them.',
  ),
  clusterPassword: setting(
    'NATS_CLUSTER_PASSWORD',
    secret('a password'),
    '',
    'What servers of the NATS cluster show to each other; when empty, one from NATS_PASSWORD_FILE.',
  ),
} as const;
