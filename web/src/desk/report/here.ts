/** The device's own position, asked for by a tap and once; it is never followed and never kept here. */

/** Why there is no position: refused by the person, not known to the device, too slow, or not offered on this page. */
export type Nowhere = 'denied' | 'unknown' | 'slow' | 'unable';

export interface Here {
  lng: number;
  lat: number;
  /** Radius in metres that holds the true place two times out of three. */
  within_m: number;
}

/** Beyond this radius, metres, a person had better point at the map. */
export const ROUGH_M = 50;
const WAIT_MS = 15_000;

/** Asks the device; rejects with a `Nowhere`. Browsers answer only pages that came over HTTPS or from this machine. */
export function here(geolocation: Geolocation | undefined = isSecureContext ? navigator.geolocation : undefined): Promise<Here> {
  return new Promise((resolve, reject: (why: Nowhere) => void) => {
    if (!geolocation) return reject('unable');
    geolocation.getCurrentPosition(
      ({ coords }) => resolve({ lng: coords.longitude, lat: coords.latitude, within_m: Math.round(coords.accuracy) }),
      (e) => reject(e.code === 1 ? 'denied' : e.code === 3 ? 'slow' : 'unknown'),
      { enableHighAccuracy: true, timeout: WAIT_MS, maximumAge: 0 },
    );
  });
}
