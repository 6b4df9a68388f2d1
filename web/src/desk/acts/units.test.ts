import { describe, expect, it } from 'vitest';
import type { Unit } from '../../api/types.ts';
import { unitsFor } from './units.ts';

const unit = (id: number, level: Unit['level'], area: number): Unit => ({ id, level, area, code: `u${id}`, name_zh: '', name_en: '', parent: null });
const all = [unit(1, 'city', 1), unit(2, 'county', 2), unit(3, 'county', 3), unit(4, 'township', 13), unit(5, 'township', 14), unit(6, 'county', 2)];
const here = { city: 1, county: 2, township: 13, community: 149, grid: 2557 };

describe('the units offered for a case', () => {
  it('are those whose area contains the place, the suggested one first, the city last', () => {
    expect(unitsFor(all, here, 6).map((u) => u.id)).toEqual([6, 2, 4, 1]);
  });
  it('are never those of another county', () => {
    expect(unitsFor(all, here, null).map((u) => u.id)).not.toContain(3);
  });
  it('are never those that have ended', () => {
    const some = [...all, { ...unit(7, 'county', 2), ended: true }];
    expect(unitsFor(some, here, 7).map((u) => u.id)).toEqual([2, 6, 4, 1]);
  });
  it('are all of them where the place is not known', () => {
    expect(unitsFor(all, null, null)).toHaveLength(6);
    expect(unitsFor(all, { city: null, county: null, township: null, community: null, grid: null }, null)).toHaveLength(6);
  });
});
