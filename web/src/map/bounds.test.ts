import { describe, expect, it } from 'vitest';
import { boxOf, middle } from './bounds.ts';

const square = { geometry: { coordinates: [[[115.9, 36.4], [116.1, 36.4], [116.1, 36.6], [115.9, 36.6], [115.9, 36.4]]] } };
const island = { geometry: { coordinates: [[[[117, 37], [117.2, 37], [117.2, 37.100], [117, 37]]]] } };

describe('the box around shapes', () => {
  it('holds polygons and multipolygons alike', () => {
    expect(boxOf([square, island])).toEqual([115.9, 36.4, 117.2, 37.1]);
    expect(middle(square)[0]).toBeCloseTo(116);
  });
  it('is nothing for nothing', () => {
    expect(boxOf([])).toBeNull();
  });
});
