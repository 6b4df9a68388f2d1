/**
 * Which language is spoken, and the one door to every word on screen (`say`).
 * Words are in `zh.ts` and `en.ts`; both have the same shape or the build fails.
 */
import { en } from './en.ts';
import { zh, type Messages } from './zh.ts';

export type Lang = 'zh-CN' | 'en';
const KEY = 'gridward.lang';
const tables: Record<Lang, Messages> = { 'zh-CN': zh, en };

function first(): Lang {
  const asked = new URLSearchParams(location.search).get('lang') ?? remembered(KEY);
  return asked === 'en' ? 'en' : 'zh-CN';
}

function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return null; // storage may be closed to us; the choice then lasts as long as the page
  }
}

class Speaking {
  lang = $state<Lang>(first());
  /** Switches the language; the page follows at once and the choice is remembered on this machine. */
  use(lang: Lang): void {
    this.lang = lang;
    document.documentElement.lang = lang;
    try {
      localStorage.setItem(KEY, lang);
    } catch {
      // nothing to do: see `remembered`
    }
  }
}

export const speaking = new Speaking();
document.documentElement.lang = speaking.lang;

/** The words of the present language. Read inside markup or `$derived`, it follows a switch. */
export const say: Messages = new Proxy({} as Messages, {
  get: (_, group) => tables[speaking.lang][group as keyof Messages],
});

/** A name that the city wrote in two languages. */
export interface Named {
  zh: string;
  en: string;
}

/** The name in the present language; an empty translation falls back to the Chinese original. */
export function named(name: Named | null | undefined): string {
  if (!name) return '';
  return speaking.lang === 'en' ? name.en || name.zh : name.zh;
}
