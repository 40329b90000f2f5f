import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const DAYS = '2';

/** Paths of PEM files. */
export interface Certificates {
  ca: string;
  server: { certificate: string; key: string };
  client: { certificate: string; key: string };
  /** Signed by itself, so by nobody whom the server knows. */
  stranger: { certificate: string; key: string };
}

/** Makes a CA and certificates for 127.0.0.1 and for a client by openssl, in `folder`. */
export function makeCertificates(folder: string): Certificates {
  mkdirSync(folder, { recursive: true });
  const at = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { stdio: 'pipe' });
  };
  const selfSigned = (name: string): { certificate: string; key: string } => {
    const pair = { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    openssl(
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-days', DAYS, '-subj', `/CN=${name}`, '-keyout', pair.key, '-out', pair.certificate],
    );
    return pair;
  };
  const ca = selfSigned('ca');
  const signed = (name: string): { certificate: string; key: string } => {
    const pair = { certificate: at(`${name}.pem`), key: at(`${name}.key`) };
    const request = at(`${name}.csr`);
    const extensions = at(`${name}.ext`);
    writeFileSync(extensions, 'subjectAltName = IP:127.0.0.1\n');
    openssl(
      ...['req', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'],
      ...['-subj', `/CN=${name}`, '-keyout', pair.key, '-out', request],
    );
    openssl(
      ...['x509', '-req', '-in', request, '-CA', ca.certificate, '-CAkey', ca.key, '-days', DAYS],
      ...['-CAcreateserial', '-extfile', extensions, '-out', pair.certificate],
    );
    return pair;
  };
  return {
    ca: ca.certificate,
    server: signed('server'),
    client: signed('client'),
    stranger: selfSigned('stranger'),
  };
}
