import { describe, expect, it } from 'vitest';
import { addTerm, parseTerms, sharable, viewOf, viewsOf, VIEW_FILTERS, writeTerms } from './views.ts';

describe('a filter', () => {
  it('comes back as it was written', () => {
    const f = 'area:17,18 step:filed text:"坑 大"';
    expect(writeTerms(parseTerms(f))).toBe(f);
  });
  it('takes a second value of a key as an alternative', () => {
    expect(writeTerms(addTerm(parseTerms('area:17'), 'area', '18'))).toBe('area:17,18');
    expect(writeTerms(addTerm(parseTerms('area:17'), 'area', '17'))).toBe('area:17');
  });
  it('never puts searched words into the address', () => {
    expect(sharable(parseTerms('area:17 text:"某人"'))).toBe('area:17');
  });
});

describe('a view', () => {
  it('that is unknown is my own work', () => {
    expect(viewOf('nonsense')).toBe('mine');
    expect(viewOf(null)).toBe('mine');
    expect(viewOf('late')).toBe('late');
  });
  it('is one of those of the kind of user, each with a digit', () => {
    for (const role of ['worker', 'desk', 'handler', 'leader', 'analyst', 'admin'] as const) {
      const own = viewsOf(role);
      expect(own.length).toBeLessThanOrEqual(9);
      expect(new Set(own).size).toBe(own.length);
      for (const v of own) expect(VIEW_FILTERS[v]).toBeTruthy();
      expect(viewOf(null, role)).toBe(own[0]);
    }
  });
  it('of a unit is what it has to accept and to handle, not what a desk has to verify', () => {
    expect(viewsOf('handler')).toContain('accept');
    expect(viewsOf('handler')).not.toContain('verify');
    expect(viewsOf('handler')).not.toContain('dispatch');
  });
  it('of who only looks begins with everything', () => {
    expect(viewOf(null, 'analyst')).toBe('all');
  });
});
