import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { expect } from 'chai';
import { MAIN, runCarbonbus } from '../support/carbonbus.js';

interface Complaint {
  code: number | null;
  stderr: string;
}

/** What needs no cluster, and says more than a line. */
const COMMANDS = ['--help', '--version', 'config', 'check-config', 'lookup a.b', 'relay --help'];

describe('the command line', function () {
  this.timeout(60_000);

  it('tells its version', async () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    for (const option of ['--version', '-V']) {
      const { code, stdout } = await runCarbonbus([option]);
      expect({ code, stdout }).to.deep.equal({ code: 0, stdout: `carbonbus ${version}\n` });
    }
  });

  for (const command of COMMANDS) {
    it(`says in one line that the output of ${command} cannot be written`, async () => {
      const { code, stderr } = await inShell(`${command} > /dev/full`);
      expect(stderr).to.match(/^error: cannot write the output: .*ENOSPC.*\n$/);
      expect(code).to.equal(1);
    });

    it(`ends as by SIGPIPE when whoever reads ${command} has gone`, async () => {
      const { code, stderr } = await ended(
        spawn(process.execPath, [MAIN, ...command.split(' ')]),
        'deaf',
      );
      expect({ code, stderr }).to.deep.equal({ code: 141, stderr: '' });
    });

    it(`does ${command} without an output`, async () => {
      const { code, stderr } = await inShell(`${command} >&-`);
      expect({ code, stderr }).to.deep.equal({ code: 0, stderr: '' });
    });
  }
});

function inShell(command: string): Promise<Complaint> {
  return ended(spawn('sh', ['-c', `"$0" "$1" ${command}`, process.execPath, MAIN]));
}

/** @param deaf its output is closed before it can have begun to write */
async function ended(child: ChildProcessWithoutNullStreams, deaf?: 'deaf'): Promise<Complaint> {
  if (deaf) child.stdout.destroy();
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}
