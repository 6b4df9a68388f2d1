/**
 * The keyboard: a stack of key maps, the topmost asked first. Keys are off while typing (except those
 * that say otherwise) and can be turned off altogether (WCAG 2.1.4).
 */
import { chord, isTyping } from './chord.ts';

export interface Key {
  /** As `chord` writes it. */
  on: string;
  /** What it does, in the present language; shown by `?`. Empty for keys that need no mention. */
  label: string;
  run: (event: KeyboardEvent) => void;
  /** Also while typing; for Escape and Ctrl+K. */
  always?: boolean;
}

interface Layer {
  keys: () => Key[];
  /** A dialog hides the layers under it. */
  modal: boolean;
}

const KEY = 'gridward.keys';

class Keyboard {
  private layers: Layer[] = []; // read only when a key is pressed, so nothing on screen follows it
  enabled = $state(kept());

  /** Adds a layer for as long as the calling component lives. */
  use(keys: () => Key[], modal = false): void {
    $effect(() => {
      const layer: Layer = { keys, modal };
      this.layers = [...this.layers, layer];
      return () => {
        this.layers = this.layers.filter((l) => l !== layer);
      };
    });
  }

  /** The keys that would act now, for the list that `?` shows. */
  get active(): Key[] {
    const out: Key[] = [];
    for (const layer of [...this.layers].reverse()) {
      out.push(...layer.keys());
      if (layer.modal) break;
    }
    return out;
  }

  turn(on: boolean): void {
    this.enabled = on;
    try {
      localStorage.setItem(KEY, on ? 'on' : 'off');
    } catch {
      // lasts as long as the page
    }
  }

  press(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.isComposing) return;
    const name = chord(event);
    const typing = isTyping(event.target);
    const single = !name.startsWith('Ctrl+') && name.length === 1;
    if (single && !this.enabled) return;
    for (const key of this.active) {
      if (key.on !== name || (typing && !key.always)) continue;
      event.preventDefault();
      key.run(event);
      return;
    }
  }
}

function kept(): boolean {
  try {
    return localStorage.getItem(KEY) !== 'off';
  } catch {
    return true;
  }
}

export const keyboard = new Keyboard();
addEventListener('keydown', (e) => keyboard.press(e));
