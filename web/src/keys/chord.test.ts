import { describe, expect, it } from 'vitest';
import { chord } from './chord.ts';

const press = (key: string, mods: Partial<KeyboardEvent> = {}) =>
  chord({ key, shiftKey: false, ctrlKey: false, metaKey: false, altKey: false, ...mods });

describe('a key press', () => {
  it('is the letter, whatever caps lock says', () => {
    expect(press('J')).toBe('j');
    expect(press('j')).toBe('j');
  });
  it('names Shift for letters but not for signs that need it', () => {
    expect(press('J', { shiftKey: true })).toBe('Shift+j');
    expect(press('?', { shiftKey: true })).toBe('?');
  });
  it('takes Command for Control', () => {
    expect(press('k', { metaKey: true })).toBe('Ctrl+k');
  });
});
