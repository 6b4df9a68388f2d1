/** What a key press is called, and whether someone is typing. Pure enough to be tested without a page. */

/** `j`, `Shift+j`, `Ctrl+k`, `Enter`, `?`: letters are lower case, Shift is named only for letters and arrows. */
export function chord(e: Pick<KeyboardEvent, 'key' | 'shiftKey' | 'ctrlKey' | 'metaKey' | 'altKey'>): string {
  const letter = e.key.length === 1 && /[a-z]/i.test(e.key);
  const key = letter ? e.key.toLowerCase() : e.key;
  const shift = e.shiftKey && (letter || e.key.length > 1) ? 'Shift+' : '';
  const ctrl = e.ctrlKey || e.metaKey ? 'Ctrl+' : '';
  return `${ctrl}${e.altKey ? 'Alt+' : ''}${shift}${key}`;
}

/** Single letters do nothing while a person writes. */
export function isTyping(target: EventTarget | null): boolean {
  const el = target as HTMLElement | null;
  if (!el || typeof el.matches !== 'function') return false;
  return el.isContentEditable || el.matches('input:not([type=checkbox]):not([type=radio]):not([type=button]), textarea, select');
}
