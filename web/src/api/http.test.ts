import { describe, expect, it, vi } from 'vitest';
import { address, ask, newKey, Problem } from './http.ts';

describe('a request', () => {
  it('stays under this origin and leaves out what is not asked', () => {
    expect(address('/cases', { view: 'mine', cursor: null, limit: 200, q: '' })).toBe('/api/v1/cases?view=mine&limit=200');
  });
  it('that cannot reach the server says offline', async () => {
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('failed')));
    const failed = await ask('GET', '/session').catch((e: unknown) => e);
    expect(failed).toBeInstanceOf(Problem);
    expect((failed as Problem).offline).toBe(true);
    vi.unstubAllGlobals();
  });
  it('that is refused carries the code and what else was said', async () => {
    vi.stubGlobal('fetch', () =>
      Promise.resolve(
        new Response(JSON.stringify({ code: 'wrong_step', detail: 'no', legal: ['file'] }), { status: 409, headers: { 'retry-after': '3' } }),
      ),
    );
    const failed = (await ask('POST', '/cases/1/acts').catch((e: unknown) => e)) as Problem;
    expect(failed.code).toBe('wrong_step');
    expect(failed.body.legal).toEqual(['file']);
    expect(failed.retryAfter).toBe(3);
    vi.unstubAllGlobals();
  });
});

describe('a client key', () => {
  it('is a UUID of version 7 that sorts by time', () => {
    const a = newKey(1_790_000_000_000);
    const b = newKey(1_790_000_000_001);
    expect(a).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(a < b).toBe(true);
  });
});
