/** What VS Code's extension host calls to run the specs; what became of each is written to the file REPORT. */
import Mocha from 'mocha';

export function run(): Promise<void> {
  const mocha = new Mocha({ ui: 'bdd', timeout: 60_000, reporter: 'json', reporterOptions: { output: process.env['REPORT'] } });
  mocha.addFile(`${__dirname}/specs.js`);
  return new Promise((resolve, reject) => {
    mocha.run((failures) => (failures ? reject(new Error(`${failures} failed`)) : resolve()));
  });
}
