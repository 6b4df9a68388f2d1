import { describe, expect, it } from 'vitest';
import { ACTS } from '../../api/types.ts';
import { zh } from '../../i18n/zh.ts';
import { bodyOf, cap, fieldsNow, FORMS, missing, owed, unpaid, untilDefault } from './forms.ts';

describe('the forms of the acts', () => {
  it('exist for every act, with words for every field and hint', () => {
    const fields = zh.act.fields as Record<string, string>;
    const hints = zh.act.hints as Record<string, string>;
    for (const act of ACTS) {
      expect(zh.acts[act], act).toBeTruthy();
      for (const f of FORMS[act].fields) {
        expect(fields[f.label ?? f.name], `${act}.${f.name}`).toBeTruthy();
        if (f.hint) expect(hints[f.hint], f.hint).toBeTruthy();
      }
    }
  });
  it('keep the letters of the list free: move, tick, filter, map, copy', () => {
    for (const act of ACTS) expect(['j', 'k', 'x', 'm', 'y', '/', '.', '?']).not.toContain(FORMS[act].key);
  });
  it('ask for what is needed and leave out what is empty', () => {
    const { fields } = FORMS.assign;
    expect(missing(fields, { task: 'x' })).toEqual(['unit']);
    expect(bodyOf(fields, { unit: 7, instead: '  ', co: [], task: ' 拖移 ' })).toEqual({ unit: 7, task: '拖移' });
  });
  it('take a no for an answer', () => {
    expect(missing(FORMS.check.fields, { passed: false })).toEqual([]);
    expect(bodyOf(FORMS.check.fields, { passed: false })).toEqual({ passed: false });
  });
  it('owe what the class asks for and the case does not have, only when the work is said to be done', () => {
    expect(owed('fix_on_spot', ['before', 'after'], ['before'])).toEqual(['after']);
    expect(owed('handle', ['document'], [])).toEqual(['document']);
    expect(owed('progress', ['before', 'after'], [])).toEqual([]);
    expect(unpaid(['before', 'after'], [{ kind: 'after' }])).toEqual(['before']);
  });
  it('mark what one answer makes necessary for another', () => {
    const needs = (...a: Parameters<typeof fieldsNow>) => fieldsNow(...a).filter((f) => f.required).map((f) => f.name);
    expect(needs('fix_on_spot', {}, null, ['after'])).toEqual(['class', 'note', 'evidence']);
    expect(needs('fix_on_spot', {}, null, [])).toEqual(['class', 'note']);
    expect(needs('decide_postpone', { granted: true }, null, [])).toEqual(['granted']);
    expect(needs('decide_postpone', { granted: false }, null, [])).toEqual(['granted', 'note']);
    expect(needs('check', { passed: false }, null, [])).toEqual(['passed', 'note']);
    expect(fieldsNow('assign', { unit: 7 }, 7, []).map((f) => f.name)).not.toContain('instead');
    expect(needs('assign', { unit: 8 }, 7, [])).toContain('instead');
  });
  it('write keys as on their caps and offer a sensible day', () => {
    expect(cap('Shift+a')).toBe('⇧A');
    expect(untilDefault('2026-09-30', 3)).toBe('2026-10-03T17:00');
  });
});
