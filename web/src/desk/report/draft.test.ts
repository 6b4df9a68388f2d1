import { describe, expect, it } from 'vitest';
import type { Area } from '../../api/types.ts';
import { lacking, reportOf, type Draft } from './draft.svelte.ts';

const a = (over: Partial<Draft>): Draft => ({ text: '', class: '', words: '', point: null, area: null, off: null, channel: 'hotline', outside: '', private: false, evidence: [], ...over });

describe('a report taken at the desk', () => {
  it('needs what happened and any kind of place', () => {
    expect(lacking(a({ text: ' ' }))).toEqual(['text', 'place']);
    expect(lacking(a({ text: '井盖响', words: '学校东门' }))).toEqual([]);
    expect(lacking(a({ text: '井盖响', point: { lng: 116, lat: 36 } }))).toEqual([]);
  });
  it('sends the point and not also the area it lies in', () => {
    const area = { id: 7 } as Area;
    expect(reportOf(a({ text: 'x', point: { lng: 116, lat: 36 }, area })).place).toEqual({ lng: 116, lat: 36 });
    expect(reportOf(a({ text: 'x', area, words: ' 桥下 ' })).place).toEqual({ area: 7, words: '桥下' });
  });
  it('leaves out what was not filled in', () => {
    expect(reportOf(a({ text: ' x ', words: 'y' }))).toEqual({ text: 'x', place: { words: 'y' }, channel: 'hotline', evidence: [], private: false });
  });
});
