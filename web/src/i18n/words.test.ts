import { describe, expect, it } from 'vitest';
import { en } from './en.ts';
import { zh } from './zh.ts';

type Leaf = [path: string, text: string];
/** Every text of a table; functions are called with plain values so that their words are seen too. */
function leaves(node: unknown, path = ''): Leaf[] {
  if (typeof node === 'string') return [[path, node]];
  if (typeof node === 'function') {
    const f = node as (...a: unknown[]) => string;
    return [[path, f(...Array.from({ length: f.length }, () => 2))]];
  }
  return Object.entries(node as object).flatMap(([k, v]) => leaves(v, path ? `${path}.${k}` : k));
}

/** Latin that belongs into Chinese text: formats and units, nothing else. */
const ALLOWED = /PDF|MB|JPG|PNG|WebP|MP3|WAV|OGG|AMR/g;

describe('the words', () => {
  const z = leaves(zh);
  const e = leaves(en);
  it('are the same set in both languages', () => {
    expect(e.map(([p]) => p)).toEqual(z.map(([p]) => p));
  });
  it('have no English in Chinese and no Chinese in English', () => {
    expect(z.filter(([, t]) => /[a-z]{2,}/i.test(t.replace(ALLOWED, '')))).toEqual([]);
    expect(e.filter(([, t]) => /[\u3400-\u9fff，。：；！？]/.test(t))).toEqual([]);
  });
  it('are plain: none empty, no exclamation marks, full-width punctuation in Chinese', () => {
    expect([...z, ...e].filter(([p, t]) => (t.trim() === '' && p !== 'app.gap') || /[!！]/.test(t))).toEqual([]);
    expect(z.filter(([, t]) => /[\u4e00-\u9fff][,;:?]/.test(t))).toEqual([]);
  });
});
