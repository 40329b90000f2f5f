import { expect } from 'chai';
import { printLines } from '../../../src/cli/output.js';

describe('printLines', () => {
  const printed = async (lines: Iterable<string>, isTerminal: boolean): Promise<string[]> => {
    const writes: string[] = [];
    await printLines(lines, async (text) => void writes.push(text), isTerminal);
    return writes;
  };

  it('writes each line to a terminal as it comes', async () => {
    expect(await printed(['a', 'b'], true)).to.deep.equal(['a\n', 'b\n']);
  });

  it('writes large parts to a file', async () => {
    const line = 'x'.repeat(99);
    const writes = await printed(Array(2000).fill(line), false);
    expect(writes.length).to.equal(4);
    expect(writes.join('')).to.equal(`${line}\n`.repeat(2000));
  });

  it('asks for no more lines while a write is under way', async () => {
    let asked = 0;
    const askedAtWrite: number[] = [];
    const lines = (function* () {
      for (; asked < 3; asked++) yield 'line';
    })();
    const write = async (): Promise<void> => {
      await Promise.resolve();
      askedAtWrite.push(asked);
    };
    await printLines(lines, write, true);
    expect(askedAtWrite).to.deep.equal([0, 1, 2]);
  });

  it('writes what came before an error', async () => {
    const writes: string[] = [];
    const lines = (function* () {
      yield 'first';
      throw new Error('broken');
    })();
    const write = async (text: string): Promise<void> => void writes.push(text);
    const failure = await printLines(lines, write, false).catch((error: Error) => error.message);
    expect(failure).to.equal('broken');
    expect(writes).to.deep.equal(['first\n']);
  });
});
