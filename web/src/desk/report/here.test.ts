import { describe, expect, it } from 'vitest';
import { here } from './here.ts';

const device = (answer: (ok: PositionCallback, no: PositionErrorCallback) => void) => ({ getCurrentPosition: answer }) as unknown as Geolocation;

describe('the position of the device', () => {
  it('is a point and how far it may be off', async () => {
    const at = { coords: { longitude: 115.97, latitude: 36.48, accuracy: 12.4 } } as GeolocationPosition;
    expect(await here(device((ok) => ok(at)))).toEqual({ lng: 115.97, lat: 36.48, within_m: 12 });
  });
  it('says why there is none', async () => {
    for (const [code, why] of [[1, 'denied'], [2, 'unknown'], [3, 'slow']] as const) {
      await expect(here(device((_, no) => no({ code } as GeolocationPositionError)))).rejects.toBe(why);
    }
  });
});
