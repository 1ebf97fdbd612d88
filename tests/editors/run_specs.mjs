// Run the specs of the VS Code extension inside the extension host: node run_specs.mjs URL FOLDER SPECS
// SPECS is a folder with a `run.js`, and counts as an extension beside those that are installed. The page of a development
// host says when they are done, and whether one failed.
import process from 'node:process';
import { browse } from './vscode.mjs';

const [, , url, folder, specs] = process.argv;
const PATIENCE = 240000;

await browse(async (page) => {
  const ended = new Promise((resolve) => void page.exposeFunction('codeAutomationExit', resolve));
  await page.exposeFunction('codeAutomationLog', (_, words) => console.log(...words));
  const remote = (path) => `vscode-remote://${new URL(url).host}${path}`;
  const payload = [
    ['extensionDevelopmentPath', remote(specs)],
    ['extensionTestsPath', remote(`${specs}/run.js`)],
    ['skipWelcome', 'true'],
  ];
  await page.goto(`${url}/?folder=${encodeURIComponent(folder)}&payload=${encodeURIComponent(JSON.stringify(payload))}`);
  const late = setTimeout(() => process.exit(2), PATIENCE);
  process.exitCode = (await ended) === 0 ? 0 : 1;
  clearTimeout(late);
});
