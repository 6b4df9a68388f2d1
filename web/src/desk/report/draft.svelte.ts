/**
 * A report being written: a call taken at a desk, or what someone saw. Kept in memory while the page lives, so that a look elsewhere loses nothing;
 * never stored on the machine, for it may hold someone's words.
 */
import { newKey } from '../../api/http.ts';
import type { Area, Report } from '../../api/types.ts';

export interface Draft {
  text: string;
  class: string;
  words: string;
  point: { lng: number; lat: number } | null;
  /** The grid of the point, or the area that was chosen by name. */
  area: Area | null;
  /** Metres from the point to its area, when it lies in none. */
  off: number | null;
  channel: 'hotline' | 'resident' | 'desk' | 'partner';
  outside: string;
  private: boolean;
  evidence: { attachment: string; kind: string }[];
}

const blank = (): Draft => ({ text: '', class: '', words: '', point: null, area: null, off: null, channel: 'hotline', outside: '', private: false, evidence: [] });

/** Which fields are missing: what happened, and where (a point, an area, or words). Pure. */
export function lacking(d: Pick<Draft, 'text' | 'words' | 'point' | 'area'>): ('text' | 'place')[] {
  const out: ('text' | 'place')[] = [];
  if (!d.text.trim()) out.push('text');
  if (!d.point && !d.area && !d.words.trim()) out.push('place');
  return out;
}

/**
 * The report as it is sent; one's own goes without a channel, for the server knows who reports. `around` is the area
 * that a place told in words alone lies in: without one the report would go to the city's desk, out of sight. Pure.
 */
export function reportOf(d: Draft, own = false, around: number | null = null): Report {
  const words = d.words.trim();
  const area = d.point ? null : (d.area?.id ?? around);
  return {
    text: d.text.trim(),
    ...(d.class ? { class: d.class } : {}),
    place: { ...(d.point ?? {}), ...(words ? { words } : {}), ...(area !== null ? { area } : {}) },
    ...(own ? {} : { channel: d.channel }),
    evidence: d.evidence,
    private: d.private,
    ...(!own && d.outside.trim() ? { outside_no: d.outside.trim() } : {}),
  };
}

class DraftState {
  now = $state<Draft>(blank());
  /** The id the case will have; the same until it was taken, so that sending twice is one case. */
  key = newKey();
  private sent = '';

  /** A changed report is another one and needs another id. */
  keyFor(body: Report): string {
    const text = JSON.stringify(body);
    if (this.sent && this.sent !== text) this.key = newKey();
    this.sent = text;
    return this.key;
  }

  clear(): void {
    this.now = blank();
    this.key = newKey();
    this.sent = '';
  }

  get begun(): boolean {
    return this.now.text.trim() !== '' || this.now.words.trim() !== '' || this.now.point !== null || this.now.area !== null || this.now.class !== '' || this.now.evidence.length > 0;
  }
}

export const draft = new DraftState();
