import { expect } from 'chai';
import { Float, jsonText } from '../../../../src/cli/whisper/text/json-text.js';

describe("JSON as Python's json.dumps writes it", () => {
  it('indents, and tells floats from integers', () => {
    const value = { a: 1, b: new Float(1), c: [null, new Float(0.5)], d: [], e: {} };
    expect(jsonText(value, ': ')).to.equal(
      '{\n  "a": 1,\n  "b": 1.0,\n  "c": [\n    null,\n    0.5\n  ],\n  "d": [],\n  "e": {}\n}',
    );
  });

  it('puts between key and value what it is told to', () => {
    expect(jsonText({ a: 1 }, ' : ')).to.equal('{\n  "a" : 1\n}');
  });

  it('names the numbers that JSON lacks', () => {
    const values = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    expect(values.map((value) => jsonText(new Float(value), ''))).to.deep.equal([
      'NaN',
      'Infinity',
      '-Infinity',
    ]);
  });

  it('escapes all but printable ASCII', () => {
    expect(jsonText('é"\\\n\x7f😀', '')).to.equal('"\\u00e9\\"\\\\\\n\\u007f\\ud83d\\ude00"');
  });
});
