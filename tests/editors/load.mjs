// How long the extension keeps the processor before its window goes on: `node load.mjs EXTENSION`, in milliseconds.
import { createRequire } from 'node:module';
import process from 'node:process';

const require = createRequire(import.meta.url);
const Module = require('node:module');
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? {} : load(name, ...rest));

const before = process.cpuUsage();
const { activate } = require(process.argv[2]);
const { user, system } = process.cpuUsage(before);
console.log(typeof activate, Math.round((user + system) / 1000));
