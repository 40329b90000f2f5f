import { expect } from 'chai';
import fc from 'fast-check';
import { BadRequest } from '../../../../src/query/bad-request.js';
import { parseAnswerForm } from '../../../../src/query/formats/answer-form.js';
import {
  knownExpression,
  underAskedExpressions,
} from '../../../../src/query/formats/asked-expressions.js';
import { renderCarbonapiV2, renderCarbonapiV3 } from '../../../../src/query/formats/carbonapi.js';
import { renderCsv } from '../../../../src/query/formats/csv.js';
import { renderDygraph } from '../../../../src/query/formats/dygraph.js';
import { parseCallback } from '../../../../src/query/formats/format.js';
import { prettyJson } from '../../../../src/query/formats/pretty-json.js';
import { renderRaw } from '../../../../src/query/formats/raw.js';
import { renderRickshaw } from '../../../../src/query/formats/rickshaw.js';
import { WallClock } from '../../../../src/query/formats/wall-clock.js';
import { renderJson } from '../../../../src/query/json.js';
import { pythonFloat } from '../../../../src/query/python-float.js';
import { type TimeSeries, timeSeries } from '../../../../src/query/time-series.js';
import { timeZone, UTC } from '../../../../src/query/time-zone.js';
import { decodeProto } from '../../../support/carbonapi-proto.js';
import { parametersOf } from '../../../support/parameters.js';

const START_S = 1_700_000_000;

function series(name: string, values: number[]): TimeSeries {
  const endS = START_S + 60 * values.length;
  return timeSeries({ name, startS: START_S, endS, stepS: 60, values: Float64Array.from(values) });
}

describe('formats', () => {
  it('csv quotes names as Excel does, and writes UTF-8', () => {
    const csv = renderCsv([series('a "b", ü', [1]), series('c', [Number.NaN])], UTC).toString();
    expect(csv).to.equal('"a ""b"", ü",2023-11-14 22:13:20,1.0\r\nc,2023-11-14 22:13:20,\r\n');
  });

  it('rickshaw shows what begins before the end of a series', () => {
    const whole = series('a', [1, 2, 3]);
    expect(renderRickshaw([whole]).toString().match(/"x"/g)).to.have.length(3);
    const cut = { ...whole, endS: START_S + 2 * 60 };
    expect(renderRickshaw([cut]).toString()).to.equal(
      `[{"target": "a", "datapoints": [{"x": ${START_S}, "y": 1.0}, {"x": ${START_S + 60}, "y": 2.0}]}]`,
    );
  });

  it('names that are no texts are what they are, and none is an empty cell', () => {
    const five = { ...series('5', [1]), unnamed: { name: '5', json: '5' } };
    const none = { ...series('None', [2]), unnamed: { name: 'None', json: 'null' } };
    const all = [five, none, { ...none, name: 'renamed' }];
    expect(`${renderDygraph(all)}`).to.include('"labels" : ["Time", 5, null, "renamed"]');
    const targets = `${renderRickshaw(all)}`.match(/"target": [^,]+/g);
    expect(targets).to.deep.equal(['"target": 5', '"target": null', '"target": "renamed"']);
    const cells = `${renderCsv(all, UTC)}`.split('\r\n').map((line) => line.split(',')[0]);
    expect(cells).to.deep.equal(['5', '', 'renamed', '']);
  });

  it('long columns of all kinds of values are written value by value', () => {
    const kinds = [1, -0, 0, 1 / 3, Number.NaN, 2.5, -1e-7, 1e300, -5, Number.NEGATIVE_INFINITY];
    const values = Array.from({ length: 3_000 }, (_, i) =>
      i > 1_500 && i < 2_900 ? i : kinds[(i + (i >> 5)) % kinds.length] * (1 + (i >> 8)),
    );
    const all = [series('a', values), series('b', [...values].reverse())];
    const textsOf = (none: string, infinite: string) =>
      all.map((one) =>
        [...one.values].map((value) =>
          Number.isNaN(value) ? none : Number.isFinite(value) ? pythonFloat(value) : `-${infinite}`,
        ),
      );
    const times = values.map((_, i) => START_S + 60 * i);
    const end = START_S + 60 * values.length;
    expect(`${renderRaw(all)}`).to.equal(
      textsOf('None', 'inf')
        .map((texts, i) => `${all[i].name},${START_S},${end},60|${texts.join(',')}\n`)
        .join(''),
    );
    const cells = `${renderCsv(all, UTC)}`.split('\r\n').map((line) => line.split(',')[2]);
    expect(cells.slice(0, -1)).to.deep.equal(textsOf('', 'inf').flat());
    const words = textsOf('null', 'Infinity');
    expect(`${renderRickshaw(all)}`).to.equal(
      `[${words
        .map((texts, i) => {
          const points = texts.map((text, n) => `{"x": ${times[n]}, "y": ${text}}`);
          return `{"target": "${all[i].name}", "datapoints": [${points.join(', ')}]}`;
        })
        .join(', ')}]`,
    );
    const rows = times.map((time, n) => `[${time}000, ${words[0][n]}, ${words[1][n]}]`);
    expect(`${renderDygraph(all)}`).to.equal(
      `{"labels" : ["Time", "a", "b"], "data" : [${rows.join(', ')}]}`,
    );
  });

  it('a wall clock shows what the zone shows, also where clocks are changed', () => {
    for (const name of ['UTC', 'Europe/Berlin', 'Asia/Kolkata', 'Australia/Lord_Howe']) {
      const zone = timeZone(name)!;
      const clock = new WallClock(zone);
      fc.assert(
        fc.property(fc.integer({ min: 500_000_000, max: 2_000_000_000 }), (epochS) => {
          const shown = new Date(zone.wallOf(epochS) * 1000).toISOString();
          expect(clock.text(epochS)).to.equal(shown.slice(0, 19).replace('T', ' '));
        }),
        { numRuns: 50 },
      );
    }
  });

  it('pretty JSON is that of Python with an indent of two', () => {
    const json = renderJson([series('a"[b, c]{', [1.5, Number.NaN]), series('e', [])]);
    const pretty = prettyJson(json).toString();
    expect(pretty).to.equal(JSON.stringify(JSON.parse(json.toString()), null, 2));
  });

  it('takes only names of functions for jsonp', () => {
    for (const text of ['cb', 'a.b$_1', '', undefined]) expect(parseCallback(text)).to.equal(text);
    for (const text of ['alert(1)//', 'a b', '<script>', 'x'.repeat(300)])
      expect(parseCallback(text), text).to.be.instanceOf(BadRequest);
  });

  it('protobuf has one double for each point, absent or not', () => {
    const shown = [series('a.b', [1, Number.NaN, -2.5]), series('c', [])];
    const v2 = decodeProto<{ metrics: object[] }>('MultiFetchResponseV2', renderCarbonapiV2(shown));
    const times = { startTime: START_S, stopTime: START_S + 180, stepTime: 60 };
    expect(v2.metrics).to.deep.equal([
      { name: 'a.b', ...times, values: [1, 0, -2.5], isAbsent: [false, true, false] },
      { name: 'c', ...times, stopTime: START_S, values: [], isAbsent: [] },
    ]);
    const window = { fromS: 1, untilS: 2 };
    const v3 = decodeProto<{ metrics: { values: number[] }[] }>(
      'MultiFetchResponseV3',
      renderCarbonapiV3(shown, [{ name: 'a.b', pathExpression: '' }], window),
    );
    expect(v3.metrics[0]).to.deep.include({ ...times, pathExpression: 'a.b', name: 'a.b' });
    expect(v3.metrics[0].values).to.deep.equal([1, Number.NaN, -2.5]);
  });
});

describe('underAskedExpressions', () => {
  it('files series of seriesByTag under the text that was sent, and leaves others alone', () => {
    const known = `seriesByTag("name=cpu",'dc=a')`;
    const text = ` ${known} `;
    const all = [series('a', []), { ...series('cpu;dc=a', []), pathExpression: known }];
    const filed = underAskedExpressions(all, ['a', text, 'sumSeries(']);
    expect(filed.map(({ pathExpression }) => pathExpression)).to.deep.equal(['a', text]);
    expect(knownExpression(text)).to.equal(known);
    expect(knownExpression('web.*')).to.equal('web.*');
  });
});

describe('parseAnswerForm', () => {
  const form = (query: string, accept?: string) => parseAnswerForm(parametersOf(query), accept);
  const kind = (query: string, accept?: string) => {
    const parsed = form(query, accept);
    return parsed instanceof BadRequest ? parsed.parameter : parsed.kind;
  };

  it('knows graphite’s formats and carbonapi’s, and draws all others', () => {
    expect(form('format=json')).to.deep.include({ kind: 'written', format: 'json' });
    expect(form('rawData=1')).to.deep.include({ kind: 'written', format: 'raw' });
    expect(form('pickle=1')).to.deep.include({ kind: 'written', format: 'pickle' });
    for (const name of ['protobuf', 'protobuf3', 'carbonapi_v2_pb'])
      expect(kind(`format=${name}`)).to.equal('carbonapiV2');
    expect(kind('format=carbonapi_v3_pb')).to.equal('carbonapiV3');
    expect(kind('format=json', 'application/x-carbonapi-v3-pb')).to.equal('carbonapiV3');
    for (const query of ['', 'format=gif', 'format=json&graphType=pie'])
      expect(form(query)).to.deep.include({ kind: 'drawn', format: 'png' });
    expect(form('format=svg')).to.deep.include({ kind: 'drawn', format: 'svg' });
  });

  it('blames the parameter that is wrong', () => {
    for (const [query, parameter] of [
      ['graphType=bars', 'graphType'],
      ['cacheTimeout=soon', 'cacheTimeout'],
      ['format=json&jsonp=a()', 'jsonp'],
      ['format=pdf', 'format'],
      ['width=0', 'width'],
      ['width=1e9', 'width'],
      ['width=8000&height=8000', 'width'],
      ['height=2.5', 'height'],
      ['bgcolor=fog', 'bgcolor'],
      ['colorList=red,fog', 'colorList'],
      ['lineMode=wavy', 'lineMode'],
      ['yMax=high', 'yMax'],
      [`title=${'x'.repeat(2000)}`, 'title'],
    ])
      expect(kind(query), query).to.equal(parameter);
  });

  it('reads colours by graphite’s names and as hex, and older names of parameters', () => {
    const drawn = form('bgcolor=black&fgcolor=%23FF00ff80&colorList=red,00ff00&thickness=3&max=7');
    if (drawn instanceof BadRequest || drawn.kind !== 'drawn') throw new Error('not drawn');
    expect(drawn.graph).to.deep.include({
      bgcolor: '#000000',
      fgcolor: '#ff00ff80',
      colorList: ['#c80032', '#00ff00'],
      lineWidth: 3,
      yMax: 7,
      yMin: undefined,
    });
  });

  it('leaves out all but the lines for graphOnly', () => {
    const drawn = form('graphOnly=true&title=x&hideLegend=false');
    if (drawn instanceof BadRequest || drawn.kind !== 'drawn') throw new Error('not drawn');
    expect(drawn.graph).to.deep.include({
      title: '',
      margin: 0,
      hideLegend: true,
      hideXAxis: true,
      hideYAxis: true,
      hideGrid: true,
    });
  });
});
