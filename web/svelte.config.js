import { vitePreprocess } from '@sveltejs/vite-plugin-svelte';

/** Runes everywhere; a warning about accessibility is an error (see `npm run check`). */
export default {
  preprocess: vitePreprocess(),
  compilerOptions: { runes: true },
};
