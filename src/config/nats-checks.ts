import type { Settings } from './settings-table.js';

const LOOPBACK = /^(127\.[\d.]+|\[?::1\]?|localhost)$/;

/** What the settings of NATS must say together; each problem names the settings and the remedy. */
export function natsProblems({ cluster, nats }: Settings): string[] {
  return [...identityProblems(nats), ...tlsProblems(nats), ...linkProblems(cluster, nats)];
}

/** What is allowed, but opens a door. */
export function natsWarnings({ nats }: Settings): string[] {
  if (isLoopback(nats.interface) || !nats.anonymousProducers) return [];
  return [
    `NATS_INTERFACE is ${nats.interface}: whoever reaches NATS_PORT may publish points; set NATS_ANONYMOUS_PRODUCERS = False, and name them in NATS_PRODUCERS, to change that`,
  ];
}

function identityProblems(nats: Settings['nats']): string[] {
  const problems: string[] = [];
  const ways = [
    ['NATS_USER', nats.user],
    ['NATS_CREDENTIALS', nats.credentialsFile],
    ['NATS_NKEY_SEED', nats.nkeySeedFile],
  ].flatMap(([key, value]) => (value === '' ? [] : [key]));
  if (ways.length > 1) problems.push(`${ways.join(' and ')} are all given: keep one`);
  if (nats.password !== '' && nats.user === '')
    problems.push('NATS_PASSWORD is given without NATS_USER: set both, or neither');
  return problems;
}

function tlsProblems(nats: Settings['nats']): string[] {
  const problems: string[] = [];
  if ((nats.tlsCertificateFile === '') !== (nats.tlsKeyFile === ''))
    problems.push('NATS_TLS_CERT and NATS_TLS_KEY belong together: set both, or neither');
  if ((nats.serverTlsCertificateFile === '') !== (nats.serverTlsKeyFile === ''))
    problems.push('NATS_SERVER_TLS_CERT and NATS_SERVER_TLS_KEY belong together: set both');
  if (nats.serverTlsCaFile !== '' && nats.serverTlsCertificateFile === '')
    problems.push('NATS_SERVER_TLS_CA needs NATS_SERVER_TLS_CERT and NATS_SERVER_TLS_KEY');
  if (nats.serverTlsCertificateFile !== '' && nats.clusterListen && nats.serverTlsCaFile === '')
    problems.push(
      'NATS_CLUSTER_LISTEN with TLS needs NATS_SERVER_TLS_CA: servers check each other',
    );
  return problems;
}

function linkProblems(cluster: Settings['cluster'], nats: Settings['nats']): string[] {
  const problems: string[] = [];
  if (cluster.mirrorFrom.includes(cluster.datacentre))
    problems.push(`MIRROR_FROM names ${cluster.datacentre}, this DATACENTRE: list the others only`);
  if (nats.port === nats.monitorPort)
    problems.push(`NATS_PORT and NATS_MONITOR_PORT are both ${nats.port}: change one`);
  if (nats.leafListen && !isLoopback(nats.leafListen.host) && nats.leafPassword === '')
    problems.push('LEAF_LISTEN is open to other machines: set LEAF_PASSWORD, there and here');
  if (nats.clusterListen && nats.clusterRoutes.length === 0)
    problems.push('NATS_CLUSTER_LISTEN is given without NATS_CLUSTER_ROUTES: list all servers');
  if (nats.clusterListen && !isLoopback(nats.clusterListen.host) && nats.clusterPassword === '')
    problems.push(
      'NATS_CLUSTER_LISTEN is open to other machines: set NATS_CLUSTER_PASSWORD for all servers',
    );
  return problems;
}

function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}
