/** Light or dark: the machine's wish until the person says otherwise on this machine. */
const KEY = 'gridward.theme';
type Theme = 'light' | 'dark';

function first(): Theme {
  const asked = new URLSearchParams(location.search).get('theme');
  if (asked === 'dark' || asked === 'light') return asked;
  try {
    const kept = localStorage.getItem(KEY);
    if (kept === 'dark' || kept === 'light') return kept;
  } catch {
    // storage may be closed to us
  }
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

class Look {
  theme = $state<Theme>(first());
  use(theme: Theme): void {
    this.theme = theme;
    document.documentElement.dataset.theme = theme;
    try {
      localStorage.setItem(KEY, theme);
    } catch {
      // the choice lasts as long as the page
    }
  }
}

export const look = new Look();
document.documentElement.dataset.theme = look.theme;
