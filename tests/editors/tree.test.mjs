// What of a tree is shown again when its rows change: `node --test tree.test.mjs`, with tree.ts made into TREE.
import assert from 'node:assert';
import { createRequire } from 'node:module';
import { test } from 'node:test';

const require = createRequire(import.meta.url);
const Module = require('node:module');
class EventEmitter {
  listeners = [];
  event = (listener) => this.listeners.push(listener);
  fire(value) {
    this.listeners.forEach((listener) => listener(value));
  }
}
const load = Module._load;
Module._load = (name, ...rest) => (name === 'vscode' ? { EventEmitter } : load(name, ...rest));
const { Tree } = require(process.env.TREE);

/** A tree of `count` rows in one group and none in another, and what it told to show again since. */
function shown(count) {
  const rows = Array.from({ length: count }, (_, at) => [`s${at}`, { title: `${at}` }]);
  const tree = new Tree({ group: (id, below) => ({ id, count: below.length }), row: (row) => ({ ...row }) });
  tree.show(new Map([['work', rows], ['rest', [['r', { title: 'r' }]]]]));
  const told = [];
  tree.onDidChangeTreeData((nodes) => told.push(nodes));
  return { tree, rows, told };
}

const rest = ['rest', [['r', { title: 'r' }]]];

test('a row that differs is shown again alone, of two hundred', () => {
  const { tree, rows, told } = shown(200);
  tree.show(new Map([['work', rows.map(([id, row]) => [id, id === 's7' ? { title: 'new' } : row])], rest]));
  assert.deepEqual(told.map((nodes) => nodes.map((node) => node.id)), [['s7']]);
  assert.equal(tree.getTreeItem(tree.find('s7')).title, 'new');
});

test('nothing is shown again when nothing differs', () => {
  const { tree, rows, told } = shown(200);
  tree.show(new Map([['work', rows.map(([id, row]) => [id, { ...row }])], rest]));
  assert.deepEqual(told, []);
});

test('the two groups of a row that moved are shown again, and it stays the same node', () => {
  const { tree, rows, told } = shown(3);
  const node = tree.find('s0');
  tree.show(new Map([['work', rows.slice(1)], ['rest', [rest[1][0], rows[0]]]]));
  assert.deepEqual(told.map((nodes) => nodes.map((each) => each.id)), [['work', 'rest']]);
  assert.equal(tree.find('s0'), node);
  assert.equal(tree.getParent(node).id, 'rest');
});

test('all is shown again when a group comes or goes', () => {
  const { tree, rows, told } = shown(3);
  tree.show(new Map([['work', rows]]));
  assert.deepEqual(told, [undefined]);
});
