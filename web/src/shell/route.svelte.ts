/**
 * Where in the app one is: history routing over a handful of addresses, the view's choices in the query.
 * No personal data ever stands in an address: only views, filters and case ids.
 */
export type Place =
  | { name: 'signin' }
  | { name: 'setup' }
  | { name: 'queue' }
  | { name: 'new' }
  | { name: 'case'; id: string }
  | { name: 'lost' };

/** The place an address names; pure, so that it can be tested. */
export function placeOf(path: string): Place {
  const parts = path.split('/').filter(Boolean);
  if (parts.length === 0) return { name: 'queue' };
  if (parts[0] === 'setup' && parts.length === 1) return { name: 'setup' };
  if (parts[0] === 'signin' && parts.length === 1) return { name: 'signin' };
  if (parts[0] === 'desk' && parts.length === 1) return { name: 'queue' };
  if (parts[0] === 'desk' && parts[1] === 'new' && parts.length === 2) return { name: 'new' };
  if (parts[0] === 'desk' && parts[1] === 'case' && parts[2] && parts.length === 3) {
    return { name: 'case', id: decodeURIComponent(parts[2]) };
  }
  return { name: 'lost' };
}

class Route {
  path = $state(location.pathname);
  search = $state(location.search);
  place = $derived(placeOf(this.path));
  query = $derived(new URLSearchParams(this.search));

  constructor() {
    addEventListener('popstate', () => this.read());
  }

  private read(): void {
    this.path = location.pathname;
    this.search = location.search;
  }

  /** Goes to an address of this app; `replace` leaves no step in the history. */
  go(to: string, how: 'push' | 'replace' = 'push'): void {
    if (how === 'push') history.pushState(null, '', to);
    else history.replaceState(null, '', to);
    this.read();
  }

  /** Changes some of the query in place; `null` takes a name out. */
  tune(change: Record<string, string | null>): void {
    const q = new URLSearchParams(location.search);
    for (const [k, v] of Object.entries(change)) {
      if (v === null || v === '') q.delete(k);
      else q.set(k, v);
    }
    const s = q.toString();
    this.go(location.pathname + (s ? `?${s}` : ''), 'replace');
  }
}

export const route = new Route();

/** Lets a plain link be followed without loading the page; modified clicks stay the browser's. */
export function follow(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const link = event.currentTarget as HTMLAnchorElement;
  if (link.origin !== location.origin) return;
  event.preventDefault();
  route.go(link.pathname + link.search);
}
