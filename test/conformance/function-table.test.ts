import { expect } from 'chai';
import { functionInfo } from '../../src/query/functions/function-table.js';
import { FUNCTIONS } from '../../src/query/functions/registry.js';
import { chosenSets, hasVectors, readVectors } from '../support/conformance.js';

interface TableRow {
  name: string;
  signature: string | null;
  group: string | null;
  params: object[] | null;
  graphiteWeb118: boolean;
}

const TABLE = 'render/functions.json';

if (chosenSets === undefined || chosenSets.includes('render')) {
  describe(`conformance ${TABLE}`, () => {
    it('functions of graphite-web have its signatures, groups and parameters', function () {
      if (!hasVectors(TABLE)) return this.skip();
      const table = new Map(readVectors<TableRow[]>(TABLE).map((row) => [row.name, row]));
      for (const [name, declaration] of FUNCTIONS) {
        const row = table.get(name);
        if (!row?.graphiteWeb118) continue;
        const info = functionInfo(name, declaration);
        expect(info.function, name).to.equal(row.signature);
        expect(info.group, name).to.equal(row.group);
        expect(info.params, name).to.deep.equal(row.params);
      }
    });
  });
}
