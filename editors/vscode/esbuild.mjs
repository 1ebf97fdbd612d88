// Two files for the extension host: dist/extension.js, and dist/languageclient.js, which that loads once the window is
// there. `--watch` makes them again with every change.
import * as esbuild from 'esbuild';

const options = {
  entryPoints: ['src/extension.ts', 'src/languageclient.ts'],
  outdir: 'dist',
  bundle: true,
  platform: 'node',
  format: 'cjs',
  target: 'node20',
  external: ['vscode', './languageclient.js'],
  minify: true,
  logLevel: 'warning',
};
if (process.argv.includes('--watch')) {
  await (await esbuild.context({ ...options, sourcemap: true })).watch();
} else {
  await esbuild.build(options);
}
