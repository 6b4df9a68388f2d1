import { describe, expect, it, vi } from 'vitest';
import { Problem } from '../../api/http.ts';
import { zh } from '../../i18n/zh.ts';

vi.mock('../../i18n/lang.svelte.ts', () => ({ say: zh, speaking: { lang: 'zh-CN' }, named: (n: { zh: string }) => n.zh }));
const { notTaken, unfit } = await import('./files.ts');
const { inWords } = await import('./refusal.ts');

const invalid = (path: string, code: string, detail: string) => new Problem(422, 'invalid', 'Some fields make no sense', { fields: [{ path, code, detail }] });

describe('a file that is not taken', () => {
  it('is told before it is sent when its kind or size is known to be wrong', () => {
    expect(unfit({ name: 'a.docx', size: 9, type: 'application/vnd.openxmlformats-officedocument.wordprocessingml.document' })?.words).toBe(zh.act.badKind);
    expect(unfit({ name: 'a.jpg', size: 21 * 1024 * 1024, type: 'image/jpeg' })?.words).toBe(zh.act.tooBig);
    expect(unfit({ name: 'a.jpg', size: 0, type: 'image/jpeg' })?.words).toBe(zh.act.emptyFile);
    expect(unfit({ name: 'a.amr', size: 9, type: '' })).toBeNull();
    expect(unfit({ name: 'a.jpg', size: 9, type: 'image/jpeg' })).toBeNull();
  });
  it('says why, and offers another try only where that can help', () => {
    expect(notTaken(invalid('', 'format', 'x'), 'image/jpeg')).toEqual({ words: zh.act.unreadable, again: false });
    expect(notTaken(invalid('', 'format', 'x'), 'application/pdf')).toEqual({ words: zh.act.badKind, again: false });
    expect(notTaken(new Problem(0, 'offline', ''), 'image/jpeg')).toEqual({ words: zh.act.uploadOffline, again: true });
    expect(notTaken(new Problem(413, 'too_large', 'x'), 'image/jpeg').again).toBe(false);
  });
});

describe('what the server refuses, on a Chinese screen', () => {
  it('names the evidence that is missing', () => {
    const said = inWords(invalid('/evidence', 'missing', 'this class still needs: 1 × before, 1 × after'), 'handle', true, ['note', 'evidence']);
    expect(said.fields.evidence).toBe('本类别还缺：处置前照片、处置后照片');
    expect(said.head).toBe(zh.act.invalid);
  });
  it('is never told in English, whatever the field and the code', () => {
    for (const code of ['missing', 'unknown', 'range', 'format', 'retired', 'never heard of']) {
      const said = inWords(invalid('/note', code, 'say it in a few words'), 'decide_postpone', true, ['note']);
      expect(JSON.stringify([said.head, said.more, said.fields])).not.toMatch(/say it/);
    }
    for (const p of [new Problem(422, 'key_reused', 'The key was used'), new Problem(400, 'malformed', 'bad JSON'), new Problem(500, 'fault', 'The machine failed'), new Problem(503, 'full', 'No space')]) {
      const said = inWords(p, 'handle', true);
      expect(said.head + said.more).not.toMatch(/[a-z]{3}/i);
    }
  });
  it('says at the button what no field of the form can carry', () => {
    const said = inWords(invalid('/note', 'missing', 'x'), 'decide_postpone', false);
    expect(said.head).toBe(zh.act.refusedPlain(zh.acts.decide_postpone));
    expect(said.more).toBe('说明：要填这一项。');
  });
});
