/** Views a person has named on this machine: a name and the address's own conditions, never searched words. */
const KEY = 'gridward.views';
export interface SavedView {
  name: string;
  /** `view=late&f=area:17&sort=new`, in that order. */
  query: string;
}

/** The part of an address that makes a view: which view, which conditions, which order; the view one begins with goes without saying. Pure. */
export function viewQuery(view: string, filter: string, sort: string, first = 'mine'): string {
  const q = new URLSearchParams();
  if (view !== first) q.set('view', view);
  if (filter) q.set('f', filter);
  if (sort !== 'due') q.set('sort', 'new');
  return q.toString();
}

function kept(): SavedView[] {
  try {
    const read: unknown = JSON.parse(localStorage.getItem(KEY) ?? '[]');
    return Array.isArray(read) ? read.filter((v): v is SavedView => typeof v?.name === 'string' && typeof v?.query === 'string').slice(0, 12) : [];
  } catch {
    return [];
  }
}

class Saved {
  views = $state.raw<SavedView[]>(kept());

  /** Keeps a view; the same name is replaced. */
  keep(view: SavedView): void {
    this.write([...this.views.filter((v) => v.name !== view.name), view].slice(-12));
  }
  drop(name: string): void {
    this.write(this.views.filter((v) => v.name !== name));
  }
  private write(views: SavedView[]): void {
    this.views = views;
    try {
      localStorage.setItem(KEY, JSON.stringify(views));
    } catch {
      // lasts as long as the page
    }
  }
}

export const saved = new Saved();
