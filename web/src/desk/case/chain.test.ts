import { describe, expect, it } from 'vitest';
import type { LogEntry } from '../../api/types.ts';
import { chainOf } from './chain.ts';

const entry = (version: number, hash: string, prev: string): LogEntry => ({ version, hash, prev, act: 'note', at: '', by: null, body: {} });

describe('a log', () => {
  it('is whole when each entry names the one before', () => {
    expect(chainOf([entry(1, 'a', ''), entry(2, 'b', 'a'), entry(3, 'c', 'b')]).firstBad).toBeNull();
  });
  it('names the first entry that does not follow', () => {
    expect(chainOf([entry(1, 'a', ''), entry(2, 'b', 'x'), entry(3, 'c', 'y')]).firstBad).toBe(2);
  });
  it('notices a missing entry', () => {
    expect(chainOf([entry(1, 'a', ''), entry(3, 'c', 'a')]).firstBad).toBe(3);
  });
});
