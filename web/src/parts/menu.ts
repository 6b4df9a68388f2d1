/** A `details` that is a menu: Escape and a press elsewhere close it, and Escape does nothing else meanwhile. */
export function menu(node: HTMLDetailsElement): { destroy: () => void } {
  const keys = (e: KeyboardEvent) => {
    if (e.key !== 'Escape' || !node.open) return;
    e.preventDefault();
    e.stopPropagation();
    node.open = false;
    node.querySelector('summary')?.focus();
  };
  const press = (e: Event) => {
    if (node.open && !node.contains(e.target as Node)) node.open = false;
  };
  addEventListener('keydown', keys, true);
  addEventListener('pointerdown', press, true);
  return {
    destroy: () => {
      removeEventListener('keydown', keys, true);
      removeEventListener('pointerdown', press, true);
    },
  };
}
