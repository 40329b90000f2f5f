import { expect } from 'chai';
import { ZoneFile } from '../../../../src/cli/whisper/text/zone-file.js';

/** `[first second, index of the type]`, `[offset, start of the abbreviation]`. */
interface Zone {
  readonly transitions: readonly (readonly [number, number])[];
  readonly types: readonly (readonly [number, number])[];
  readonly text: string;
}

const BERLIN: Zone = {
  transitions: [
    [-1_000, 0],
    [1_679_792_400, 1],
    [1_698_541_200, 0],
  ],
  types: [
    [3600, 0],
    [7200, 4],
  ],
  text: 'CET\0CEST\0',
};
const NOTHING: Zone = { transitions: [], types: [[0, 0]], text: '\0' };

/** One block of a file, laid out as RFC 8536 has it. */
function block(version: number, { transitions, types, text }: Zone, isWide: boolean): Buffer {
  const header = Buffer.alloc(44);
  header.write('TZif');
  header[4] = version;
  [0, 0, 0, transitions.length, types.length, text.length].forEach((count, i) => {
    header.writeUInt32BE(count, 20 + 4 * i);
  });
  const times = transitions.map(([time]) => {
    const bytes = Buffer.alloc(isWide ? 8 : 4);
    if (isWide) bytes.writeBigInt64BE(BigInt(time));
    else bytes.writeInt32BE(time);
    return bytes;
  });
  const typeBytes = types.map(([offset, start]) => {
    const bytes = Buffer.alloc(6);
    bytes.writeInt32BE(offset);
    bytes[5] = start;
    return bytes;
  });
  const indexes = Buffer.from(transitions.map(([, type]) => type));
  return Buffer.concat([header, ...times, indexes, ...typeBytes, Buffer.from(text, 'latin1')]);
}

describe('ZoneFile', () => {
  const files = {
    'version 1': block(0, BERLIN, false),
    'version 2, with both blocks': Buffer.concat([
      block(0x32, BERLIN, false),
      block(0x32, BERLIN, true),
    ]),
    'version 2, with an empty first block': Buffer.concat([
      block(0x32, NOTHING, false),
      block(0x32, BERLIN, true),
    ]),
  };
  for (const [name, bytes] of Object.entries(files)) {
    it(`tells how a zone calls its time: ${name}`, () => {
      const zone = ZoneFile.parse(bytes);
      expect(zone?.abbreviation(1_690_000_000, 7200)).to.equal('CEST');
      expect(zone?.abbreviation(1_700_000_000, 3600)).to.equal('CET');
    });
  }

  it('goes by the offset after the last transition that is listed', () => {
    const zone = ZoneFile.parse(block(0, BERLIN, false));
    expect(zone?.abbreviation(4_000_000_000, 7200)).to.equal('CEST');
    expect(zone?.abbreviation(4_000_000_000, 60)).to.equal(undefined);
  });

  it('knows zones that never changed', () => {
    const utc = { ...NOTHING, text: 'UTC\0' };
    expect(ZoneFile.parse(block(0, utc, false))?.abbreviation(1, 0)).to.equal('UTC');
  });

  it('refuses what is no such file, or not all of one', () => {
    const whole = block(0, BERLIN, false);
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(100), whole.subarray(0, 60)])
      expect(ZoneFile.parse(bytes)).to.equal(undefined);
    expect(ZoneFile.parse(block(0x32, BERLIN, false))).to.equal(undefined);
  });
});
