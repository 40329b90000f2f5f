import { expect } from 'chai';
import { portUnavailable } from '../../../src/edge/ports.js';

function told(setting: string, code: string): string {
  const wanted = { protocol: 'tcp', host: 'h', port: 80, setting } as const;
  return portUnavailable(wanted, Object.assign(new Error(`listen ${code}`), { code })).message;
}

describe('a port that cannot be had', () => {
  it('is said with the setting that helps', () => {
    expect(told('HTTP_PORT', 'EADDRINUSE')).to.equal(
      'port 80/tcp on h is in use: stop what listens there, or change HTTP_PORT',
    );
    expect(told('HTTP_PORT', 'EACCES')).to.match(
      /cannot be opened \(.*EACCES\): change HTTP_PORT$/,
    );
    expect(told('CACHE_QUERY_PORT (of this api alone)', 'ENOTFOUND')).to.match(
      /: CACHE_QUERY_INTERFACE must name an address of this machine$/,
    );
    expect(told('LEAF_LISTEN', 'EADDRNOTAVAIL')).to.match(/: LEAF_LISTEN must name an address/);
  });
});
