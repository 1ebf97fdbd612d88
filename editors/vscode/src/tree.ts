/** A tree of groups with rows, of which only what differs is shown again. */
import * as vscode from 'vscode';

/** A heading, or a row below one. Nodes are kept for as long as what they stand for exists. */
export type Node<Row> = { kind: 'group'; id: string } | { kind: 'row'; id: string; group: string; row: Row };

/** A view with its tree. */
export interface View<Row> extends vscode.Disposable {
  view: vscode.TreeView<Node<Row>>;
  tree: Tree<Row>;
}

/** How rows look; `key` of a row is what its look depends on. */
export interface Look<Row> {
  group(id: string, rows: readonly Row[]): vscode.TreeItem;
  row(row: Row): vscode.TreeItem;
}

export class Tree<Row> implements vscode.TreeDataProvider<Node<Row>> {
  private readonly emitter = new vscode.EventEmitter<Node<Row>[] | undefined>();
  readonly onDidChangeTreeData = this.emitter.event;
  private groups = new Map<string, Extract<Node<Row>, { kind: 'group' }>>();
  private rows = new Map<string, Extract<Node<Row>, { kind: 'row' }>>();
  private order = new Map<string, string[]>();

  constructor(private readonly look: Look<Row>) {}

  /** Show these rows, in the order of the groups and of the rows in each. */
  show(content: ReadonlyMap<string, readonly (readonly [id: string, row: Row])[]>): void {
    const changed: Node<Row>[] = [];
    const rows = new Map<string, Extract<Node<Row>, { kind: 'row' }>>();
    const order = new Map<string, string[]>();
    const moved = new Set<string>();
    for (const [group, members] of content) {
      order.set(group, members.map(([id]) => id));
      for (const [id, row] of members) {
        const known = this.rows.get(id);
        // The same object for the same thing: the view keeps its selection.
        const node = known ?? { kind: 'row' as const, id, group, row };
        if (known && JSON.stringify(known.row) !== JSON.stringify(row)) {
          changed.push(node);
        }
        Object.assign(node, { group, row });
        rows.set(id, node);
      }
    }
    for (const [group, ids] of order) {
      if (this.order.get(group)?.join('\n') !== ids.join('\n')) {
        moved.add(group);
      }
    }
    const sameGroups = [...this.order.keys()].join('\n') === [...order.keys()].join('\n');
    this.groups = new Map([...order.keys()].map((id) => [id, this.groups.get(id) ?? { kind: 'group' as const, id }]));
    this.rows = rows;
    this.order = order;
    if (!sameGroups) {
      this.emitter.fire(undefined);
      return;
    }
    const groups = [...this.groups.values()].filter(({ id }) => moved.has(id));
    const single = changed.filter((node) => node.kind === 'row' && !moved.has(node.group));
    if (groups.length + single.length) {
      this.emitter.fire([...groups, ...single]);
    }
  }

  getTreeItem(node: Node<Row>): vscode.TreeItem {
    if (node.kind === 'row') {
      return Object.assign(this.look.row(node.row), { id: `row:${node.id}` });
    }
    const rows = this.below(node.id).map((row) => row.row);
    return Object.assign(this.look.group(node.id, rows), { id: `group:${node.id}` });
  }

  getChildren(node?: Node<Row>): Node<Row>[] {
    return node === undefined ? [...this.groups.values()] : node.kind === 'group' ? this.below(node.id) : [];
  }

  getParent(node: Node<Row>): Node<Row> | undefined {
    return node.kind === 'row' ? this.groups.get(node.group) : undefined;
  }

  /** The node of a row. */
  find(id: string): Node<Row> | undefined {
    return this.rows.get(id);
  }

  private below(group: string): Extract<Node<Row>, { kind: 'row' }>[] {
    return (this.order.get(group) ?? []).flatMap((id) => this.rows.get(id) ?? []);
  }
}
