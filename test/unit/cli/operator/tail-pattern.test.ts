import { expect } from 'chai';
import { tailPattern } from '../../../../src/cli/operator/tail-pattern.js';

const NAMES = [
  'servers.web1.cpu',
  'servers.web2.cpu.user',
  'servers.db1.cpu',
  'cpu;dc=east;host=web1',
  'cpu;dc=west;host=web2',
  'disk;dc=east',
];

function chosen(...patterns: string[]): string[] {
  return NAMES.filter(tailPattern(patterns));
}

describe('the pattern of carbonbus tail', () => {
  it('is a glob of metrics, or of folders for all below', () => {
    expect(chosen('servers.web*.cpu')).to.deep.equal(['servers.web1.cpu', 'servers.web2.cpu.user']);
    expect(chosen('servers.{db1,web1}')).to.deep.equal(['servers.web1.cpu', 'servers.db1.cpu']);
    expect(chosen('servers.db1', 'disk')).to.deep.equal(['servers.db1.cpu', 'disk;dc=east']);
    expect(chosen('cpu;dc=east;host=web1')).to.deep.equal(['cpu;dc=east;host=web1']);
  });

  it('is expressions on tags, all of which hold', () => {
    expect(chosen('dc=east')).to.deep.equal(['cpu;dc=east;host=web1', 'disk;dc=east']);
    expect(chosen('name=cpu', 'dc!=east')).to.deep.equal(
      [
        'servers.web1.cpu',
        'servers.web2.cpu.user',
        'servers.db1.cpu',
        'cpu;dc=west;host=web2',
      ].filter((name) => name.startsWith('cpu;')),
    );
    expect(chosen('dc=~e|w', 'host!=~.*2$')).to.deep.equal([
      'cpu;dc=east;host=web1',
      'disk;dc=east',
    ]);
    expect(chosen('name=~(cpu|disk)$', 'host=')).to.deep.equal(['disk;dc=east']);
    expect(chosen('name=~servers', 'dc=')).to.deep.equal(NAMES.slice(0, 3));
  });

  it('is refused with a reason', () => {
    expect(() => tailPattern(['a.*', 'dc=east'])).to.throw(/a\.\* is a glob among expressions/);
    expect(() => tailPattern(['dc=~('])).to.throw();
    expect(() => tailPattern(['{a,b}'.repeat(15)])).to.throw(/alternatives/);
  });
});
