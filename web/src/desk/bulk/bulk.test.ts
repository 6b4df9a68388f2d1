import { describe, expect, it } from 'vitest';
import type { Case } from '../../api/types.ts';
import { eldest, fit } from './bulk.ts';

const aCase = (id: string, step: string, acts: string[]): Case =>
  ({ id, step, stage: 3, verified: true, checked: false, reported_at: id, legal: acts.map((act) => ({ act, needs: [], primary: false })) }) as unknown as Case;

describe('many cases at once', () => {
  it('are told apart by what each can take, and where those stand that cannot', () => {
    const all = [aCase('a', 'filed', ['assign', 'urge']), aCase('b', 'assigned', ['urge']), aCase('c', 'reported', [])];
    expect(fit(all, 'assign').can.map((c) => c.id)).toEqual(['a']);
    expect([...fit(all, 'assign').at]).toEqual([[3, 1], [2, 1]]);
    expect(fit(all, 'urge').cannot.map((c) => c.id)).toEqual(['c']);
  });
  it('go on as the one that was reported first', () => {
    expect(eldest([aCase('2', 'filed', []), aCase('1', 'filed', [])])).toBe('1');
    expect(eldest([])).toBeNull();
  });
});
