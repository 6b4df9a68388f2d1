// How the screens are built: hashed immutable files under assets/, nothing inline, so that a
// strict Content-Security-Policy (default-src 'self') holds without exceptions.
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vitest/config';

const api = process.env.GRIDWARD_API ?? 'http://127.0.0.1:8080';

export default defineConfig({
  plugins: [svelte()],
  base: '/',
  build: {
    target: 'es2020',
    assetsInlineLimit: 0, // a data: address would need an exception in the policy
    modulePreload: { polyfill: false }, // the polyfill is an inline script in disguise
    chunkSizeWarningLimit: 1200, // the map engine, loaded only where a map is shown
    sourcemap: false,
  },
  worker: { format: 'es' },
  // The server refuses writes of another origin, rightly; the proxy stands in for its own.
  server: { host: '127.0.0.1', port: 5173, proxy: Object.fromEntries(['/api', '/health'].map((p) => [p, { target: api, changeOrigin: true, headers: { origin: api } }])) },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
});
