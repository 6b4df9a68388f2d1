import { describe, expect, test } from 'vitest';
import { fieldOf } from './setup.ts';

describe('a refused set-up', () => {
  test('speaks of the first field of the form that it names', () => {
    expect(fieldOf({ fields: [{ path: '/token' }, { path: '/password' }, { path: '/name' }] })).toBe('password');
    expect(fieldOf({ fields: [{ path: '/account' }] })).toBe('account');
  });
  test('speaks of none when it names none', () => {
    expect(fieldOf({})).toBe(null);
    expect(fieldOf({ fields: [{ path: '/elsewhere' }, {}] })).toBe(null);
  });
});
