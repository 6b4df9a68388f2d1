// Compiles the specs and runs them with node's own test runner against a server that is already up.
//   BASE_URL=http://127.0.0.1:8080 GRIDWARD_DEMO_PASSWORD=... npm run e2e [-- name-of-spec]
// CHROMIUM names the browser when it is not /usr/bin/chromium.
import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';

const out = new URL('../node_modules/.e2e/', import.meta.url).pathname;
mkdirSync(out, { recursive: true });
writeFileSync(`${out}package.json`, '{"type":"module"}');
const run = (cmd, args) => spawnSync(cmd, args, { stdio: 'inherit', cwd: new URL('..', import.meta.url).pathname }).status ?? 1;

const compiled = run(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'e2e/tsconfig.json']);
if (compiled !== 0) process.exit(compiled);
if (!process.env.BASE_URL) {
  console.error('BASE_URL is not set: start the server first, then say where it is');
  process.exit(2);
}
const wanted = process.argv[2];
const specs = readdirSync(out).filter((f) => f.endsWith('.spec.js') && (!wanted || f.includes(wanted))).sort();
// One file after the other: they share one city.
process.exit(run(process.execPath, ['--test', '--test-concurrency=1', '--test-reporter=spec', ...specs.map((s) => out + s)]));
