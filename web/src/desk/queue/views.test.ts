import { describe, expect, it } from 'vitest';
import { addTerm, parseTerms, sharable, viewOf, writeTerms } from './views.ts';

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
});
