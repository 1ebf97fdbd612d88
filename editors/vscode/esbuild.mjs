// Two files for the extension host: dist/extension.js, and dist/languageclient.js, which that loads once the window is
// there. `--watch` makes them again with every change; `--specs` makes the specs in the place of them.
import * as esbuild from 'esbuild';

const common = {
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  logLevel: 'warning',
};
const extension = {
  ...common,
  entryPoints: ['src/extension.ts', 'src/languageclient.ts'],
  outdir: 'dist',
  external: ['vscode', './languageclient.js'],
  minify: true,
};
const specs = {
  ...common,
  entryPoints: ['spec/run.ts', 'spec/specs.ts'],
  outdir: 'build/specs',
  external: ['vscode', 'mocha'],
  sourcemap: 'inline',
};
if (process.argv.includes('--watch')) {
  await (await esbuild.context({ ...extension, sourcemap: true })).watch();
} else {
  await esbuild.build(process.argv.includes('--specs') ? specs : extension);
}
