import assert from 'node:assert/strict';
import { toFix } from '../src/choose';
import type { FailureNode } from '../src/failuresView';
import type { FailureRow } from '../src/protocol.gen';
import { errors, surface, until } from './window';

/** What only the CI of a pull request sees, as a row of the tree. */
function ofCi(job: string): FailureNode {
  const nothing = { reason: '', session: '', landing: '', commit: '', reopened: 0, column: 0, endLine: 0, endColumn: 0, owner: '', frames: [], url: '' };
  const row: FailureRow = {
    ...{ ...nothing, checkoutOnly: false, seenAt: 0, stale: false, also: [], comment: '', author: '', rule: '', path: '', line: 0 },
    ...{ id: `ci-${job}`, project: 'app', check: `ci:CI/${job}`, key: job, message: 'failed', state: 'open', kind: 'job' },
    ...{ pull: 'app/PR_1', number: 12, job: `CI/${job}` },
  };
  return { kind: 'row', id: row.id, group: row.check, row };
}

describe('What is given to an agent', () => {
  it('is what CI sees at its pull request, and what is red here in a hunt, where both are selected', async () => {
    const red = await until('a failure', () => surface().mirror.now.failures[0]);
    const here: FailureNode = { kind: 'row', id: red.id, group: red.check, row: red };
    const { jobs, hunt } = toFix(surface().mirror, here, [ofCi('unit'), ofCi('unit'), ofCi('lint'), here]);
    assert.deepEqual(
      jobs.map(({ job }) => job),
      ['CI/unit', 'CI/lint'],
    );
    assert.deepEqual(hunt, { project: 'app', failures: [red.id] });
  });

  it('is nothing else where only what CI sees is selected', async () => {
    assert.equal(toFix(surface().mirror, ofCi('unit'), undefined).hunt, undefined);
    const [refused] = await errors('fixWith', ofCi('unit'));
    assert.match(refused ?? '', /only CI/);
  });
});
