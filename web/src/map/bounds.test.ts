import { describe, expect, it } from 'vitest';
import { boxOf, holds, middle } from './bounds.ts';

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
  it('tells whether a click lies in a shape, and not in its hole', () => {
    const square = (a: number, b: number) => [[a, a], [b, a], [b, b], [a, b], [a, a]];
    const ring: GeoJSON.MultiPolygon = { type: 'MultiPolygon', coordinates: [[square(0, 10), square(4, 6)], [square(20, 21)]] };
    expect(holds(ring, [1, 1])).toBe(true);
    expect(holds(ring, [5, 5])).toBe(false);
    expect(holds(ring, [20.5, 20.5])).toBe(true);
    expect(holds(ring, [12, 12])).toBe(false);
  });
});
