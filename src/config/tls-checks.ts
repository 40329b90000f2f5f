import type { Settings } from './settings-table.js';

/** The settings of one group of listeners, by their names without the prefix. */
interface ListenerTls {
  readonly prefix: 'RECEIVER_TLS' | 'API_TLS';
  readonly ports: readonly string[];
  readonly certificate: string;
  readonly key: string;
  readonly clientCa: string;
}

/** What the settings of TLS say that cannot be: one line each, with the remedy. */
export function tlsProblems(settings: Settings): string[] {
  const { destinationSslCertificate, destinationSslKey } = settings.relay;
  const isHalf = (destinationSslCertificate === '') !== (destinationSslKey === '');
  return [
    ...listeners(settings)
      .filter(({ ports, certificate, key }) => ports.length > 0 && !(certificate && key))
      .map(
        ({ prefix }) =>
          `${prefix} names ports, but ${prefix}_CERTIFICATE and ${prefix}_KEY are not both given: set them, or empty ${prefix}`,
      ),
    ...(isHalf
      ? [
          'of DESTINATION_SSL_CERTIFICATE and DESTINATION_SSL_KEY only one is given: set both, or none',
        ]
      : []),
  ];
}

/** What looks as if TLS were spoken where it is not. */
export function tlsWarnings(settings: Settings): string[] {
  const { destinationTransport, destinationSslCa, destinationSslCertificate } = settings.relay;
  const isIdle =
    destinationTransport !== 'ssl' && destinationSslCa + destinationSslCertificate !== '';
  return [
    ...listeners(settings)
      .filter(
        ({ ports, certificate, clientCa }) => ports.length === 0 && certificate + clientCa !== '',
      )
      .map(
        ({ prefix }) =>
          `${prefix} names no port, so nothing speaks TLS, whatever ${prefix}_CERTIFICATE and ${prefix}_CLIENT_CA say`,
      ),
    ...(isIdle
      ? [
          'DESTINATION_TRANSPORT is not ssl, so destinations are sent to without TLS, whatever DESTINATION_SSL_* say',
        ]
      : []),
  ];
}

function listeners({ relay, api }: Settings): ListenerTls[] {
  return [
    {
      prefix: 'RECEIVER_TLS',
      ports: relay.receiverTls,
      certificate: relay.receiverTlsCertificate,
      key: relay.receiverTlsKey,
      clientCa: relay.receiverTlsClientCa,
    },
    {
      prefix: 'API_TLS',
      ports: api.tls,
      certificate: api.tlsCertificate,
      key: api.tlsKey,
      clientCa: api.tlsClientCa,
    },
  ];
}
