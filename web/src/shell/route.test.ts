import { beforeAll, describe, expect, it, vi } from 'vitest';

let placeOf: typeof import('./route.svelte.ts').placeOf;
beforeAll(async () => {
  vi.stubGlobal('location', { pathname: '/', search: '' });
  vi.stubGlobal('addEventListener', () => undefined);
  ({ placeOf } = await import('./route.svelte.ts'));
});

describe('an address', () => {
  it('names the queue, a case, the door, or nothing we have', () => {
    expect(placeOf('/desk')).toEqual({ name: 'queue' });
    expect(placeOf('/desk/')).toEqual({ name: 'queue' });
    expect(placeOf('/desk/case/0192f-1')).toEqual({ name: 'case', id: '0192f-1' });
    expect(placeOf('/desk/new')).toEqual({ name: 'new' });
    expect(placeOf('/setup').name).toBe('setup');
    expect(placeOf('/signin')).toEqual({ name: 'signin' });
    expect(placeOf('/desk/case')).toEqual({ name: 'lost' });
    expect(placeOf('/board')).toEqual({ name: 'lost' });
  });
});
