import { expect } from 'chai';
import { encodeHeader, newHeader } from '../../../../src/storage/whisper/format.js';
import { type RawSlot, rawHeader, rawSlots } from '../../../../src/storage/whisper/raw-file.js';
import { MemoryFiles } from '../../../support/memory-files.js';

const ARCHIVES = [
  { secondsPerPoint: 10, points: 6000 },
  { secondsPerPoint: 60, points: 1000 },
];

function opened(bytes: Uint8Array): { files: MemoryFiles; fd: number } {
  const files = new MemoryFiles();
  const fd = files.open('/a.wsp', 'replace');
  files.write(fd, bytes, 0, bytes.length, 0);
  return { files, fd };
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as { code?: string }).code;
  }
  return undefined;
}

describe('raw whisper files', () => {
  const header = newHeader(ARCHIVES, 0.25, 'max');
  const headerBytes = encodeHeader(header);

  it('shows a header', () => {
    const { files, fd } = opened(headerBytes);
    const { maxRetention, archives } = header;
    expect(rawHeader(files, fd)).to.deep.equal({
      methodCode: 4,
      maxRetention,
      xFilesFactor: 0.25,
      archives,
    });
  });

  it('shows a header that makes no sense', () => {
    const bytes = Uint8Array.from(headerBytes);
    new DataView(bytes.buffer).setUint32(0, 99);
    const { files, fd } = opened(bytes);
    expect(rawHeader(files, fd).methodCode).to.equal(99);
  });

  it('says so when the file ends within its header', () => {
    for (const length of [0, 15, 16, 39]) {
      const { files, fd } = opened(headerBytes.subarray(0, length));
      expect(
        codeOf(() => rawHeader(files, fd)),
        `${length}`,
      ).to.equal('CORRUPT_FILE');
    }
  });

  it('shows every slot, in the order of the file', () => {
    const bytes = Buffer.concat([headerBytes, Buffer.alloc(7000 * 12)]);
    const [first, second] = header.archives;
    for (const slot of [0, 4095, 4096, 5999]) {
      bytes.writeUInt32BE(slot + 1, first.offset + slot * 12);
      bytes.writeDoubleBE(slot / 2, first.offset + slot * 12 + 4);
    }
    const { files, fd } = opened(bytes);
    const slots = [...rawSlots(files, fd, first)];
    expect(slots.length).to.equal(6000);
    const written = slots.filter(({ timestamp }) => timestamp > 0);
    expect(written).to.deep.equal([
      { timestamp: 1, value: 0 },
      { timestamp: 4096, value: 2047.5 },
      { timestamp: 4097, value: 2048 },
      { timestamp: 6000, value: 2999.5 },
    ]);
    expect([...rawSlots(files, fd, second)].length).to.equal(1000);
  });

  it('shows the slots before the end of a file that is cut off', () => {
    const { files, fd } = opened(Buffer.concat([headerBytes, Buffer.alloc(5000 * 12 + 5)]));
    const shown: RawSlot[] = [];
    const code = codeOf(() => {
      for (const slot of rawSlots(files, fd, header.archives[0])) shown.push(slot);
    });
    expect(code).to.equal('CORRUPT_FILE');
    expect(shown.length).to.equal(5000);
  });
});
