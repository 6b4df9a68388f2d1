import { describe, expect, it } from 'vitest';
import type { Area } from '../../api/types.ts';
import { guess } from './guess.ts';
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
  it('puts a place told in words into the area of whoever reports, so that their desk sees it', () => {
    expect(reportOf(a({ text: 'x', words: 'y' }), true, 149).place).toEqual({ words: 'y', area: 149 });
    expect(reportOf(a({ text: 'x', words: 'y', area: { id: 7 } as Area }), true, 149).place).toEqual({ words: 'y', area: 7 });
    expect(reportOf(a({ text: 'x', point: { lng: 116, lat: 36 } }), true, 149).place).toEqual({ lng: 116, lat: 36 });
  });
  it('says where a call came from, but never for whoever saw it themselves', () => {
    const own = reportOf(a({ text: 'x', words: 'y', outside: '12345-1' }), true);
    expect(own).not.toHaveProperty('channel');
    expect(own).not.toHaveProperty('outside_no');
    expect(reportOf(a({ text: 'x', words: 'y', outside: '12345-1' }))).toMatchObject({ channel: 'hotline', outside_no: '12345-1' });
  });
});

describe('a class guessed from what was said', () => {
  const names = ['上水井盖异常', '雨水井盖异常', '道路破损', '油烟污染', '其他'].map((name_zh) => ({ name_zh }));
  it('shares words with the report', () => {
    expect(guess('门口雨水井盖松了，响', names).map((c) => c.name_zh)).toEqual(['雨水井盖异常', '上水井盖异常']);
    expect(guess('烧烤店油烟直排', names).map((c) => c.name_zh)).toEqual(['油烟污染']);
  });
  it('is the thing before its state', () => {
    const demo = ['上水井盖异常', '污水井盖异常', '道路破损', '小区道路破损', '行道树异常'].map((name_zh) => ({ name_zh }));
    expect(guess('小区北门人行道有一处窨井盖破损下沉', demo).map((c) => c.name_zh).slice(0, 2)).toEqual(['上水井盖异常', '污水井盖异常']);
  });
  it('is none rather than a wild one', () => {
    expect(guess('情况异常', names)).toEqual([]);
    expect(guess('', names)).toEqual([]);
  });
});
