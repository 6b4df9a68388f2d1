// The words on the screens are those of GLOSSARY.md: it promises so, and this holds it to that.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACTS } from '../api/types.ts';
import { zh } from './zh.ts';

const text = readFileSync(new URL('../../../GLOSSARY.md', import.meta.url), 'utf8');
/** Each word with its Chinese, as the tables have them. */
const words = new Map([...text.matchAll(/^\| ([^|]+) \| ([^|]+) \| [^|]+ \|$/gm)].map((m) => [m[1]!.replaceAll('`', '').trim(), m[2]!.trim()]));
const glossary = (word: string) => {
  const found = words.get(word);
  if (!found) throw new Error(`GLOSSARY.md has no line for ${word}`);
  return found;
};
const variant = (act: string) => act.split('_').map((w) => w[0]!.toUpperCase() + w.slice(1)).join('');
const onScreen = JSON.stringify(zh, (_, v: unknown) => (typeof v === 'function' ? String(v) : v));

describe('the words of the screens and those of the glossary', () => {
  it('are the same for every act', () => {
    for (const act of [...ACTS, 'report', 'absorb', 'wake', 'evaluate', 'warn', 'relocate'] as const) expect([act, zh.acts[act]]).toEqual([act, glossary(variant(act))]);
  });
  it('are the same for every step', () => {
    for (const [step, name] of Object.entries(zh.steps)) expect([step, name]).toEqual([step, glossary(variant(step))]);
  });
  it('are the same for people and things', () => {
    expect(zh.case.title).toBe(glossary('case'));
    expect(zh.terms.step).toBe(glossary('step'));
    expect(zh.case.evidence).toBe(glossary('evidence'));
    expect(glossary('record, entry').split('、')[0]).toBe(zh.case.log);
    expect(glossary('class')).toBe(`${zh.case.title}${zh.case.class}`);
    expect(zh.act.fields.unit).toBe(glossary('lead unit'));
    expect(zh.act.fields.co).toBe(glossary('co-unit'));
    expect(zh.role.worker).toBe(glossary('worker'));
    expect(zh.case.grid).toBe(glossary('grid'));
    expect(zh.case.dupTitle).toBe(glossary('duplicate suggestion'));
    for (const said of [zh.role.desk, zh.channel.desk]) expect(glossary('desk')).toContain(said);
    expect(zh.case.gap).toContain(glossary('matrix'));
  });
  it('have no second word for a thing', () => {
    for (const word of ['指挥台', '佐证', '环节', '主办单位', '职责矩阵', '不予立案', '答复', '下交', '收并']) {
      expect(onScreen, word).not.toContain(word);
    }
  });
});
