import type { Plugin } from 'vite';
import { COUNTERS, PLACES } from './coverage.ts';

type Node = { readonly type: string; readonly start: number; readonly end: number; readonly [key: string]: unknown };
type Insertion = { readonly at: number; readonly text: string };
/** How a node's parts are marked. */
type Marker = { statement(node: Node): void; expression(node: Node): void; beginning(at: number): void };

/** A plugin of the bundler that counts in each module that `isWanted` how often each branch is taken: what coverage-guided fuzzing goes by. */
export function instrument(isWanted: (id: string) => boolean): Plugin {
  let places = 0;
  return {
    name: 'count-places',
    enforce: 'post',
    transform(code, id) {
      if (!isWanted(id)) return undefined;
      const marks = new Marks(() => `__places[${places++ % PLACES}]++`);
      visit(this.parse(code) as unknown as Node, marks);
      return { code: `const __places = globalThis.${COUNTERS} ??= new Uint8Array(${PLACES});\n${marks.putInto(code)}` };
    },
  };
}

class Marks implements Marker {
  readonly #next: () => string;
  readonly #opened: Insertion[] = [];
  /** Inner ones first, where several end at one place. */
  readonly #closed: Insertion[] = [];

  constructor(next: () => string) {
    this.#next = next;
  }

  statement(node: Node): void {
    if (node.type === 'BlockStatement') this.beginning(node.start + 1);
    else this.#around(node, `{${this.#next()};`, '}');
  }

  expression(node: Node): void {
    this.#around(node, `(${this.#next()},`, ')');
  }

  beginning(at: number): void {
    this.#opened.push({ at, text: `${this.#next()};` });
  }

  putInto(code: string): string {
    const all = [...this.#closed, ...this.#opened].sort((a, b) => a.at - b.at);
    let done = 0;
    const pieces: string[] = [];
    for (const { at, text } of all) {
      pieces.push(code.slice(done, at), text);
      done = at;
    }
    return pieces.join('') + code.slice(done);
  }

  #around({ start, end }: Node, before: string, after: string): void {
    this.#opened.push({ at: start, text: before });
    this.#closed.unshift({ at: end, text: after });
  }
}

function visit(node: Node, marker: Marker): void {
  mark(node, marker);
  for (const child of childrenOf(node)) visit(child, marker);
}

function* childrenOf(node: Node): Generator<Node> {
  for (const value of Object.values(node)) {
    for (const one of Array.isArray(value) ? value : [value]) if (isNode(one)) yield one;
  }
}

const isNode = (value: unknown): value is Node =>
  typeof value === 'object' && value !== null && typeof (value as Node).type === 'string';

/** What is taken or not, or some number of times, by the kind of node and the names of its parts. */
const STATEMENTS: Readonly<Record<string, readonly string[]>> = {
  IfStatement: ['consequent', 'alternate'],
  CatchClause: ['body'],
  ForStatement: ['body'],
  ForOfStatement: ['body'],
  ForInStatement: ['body'],
  WhileStatement: ['body'],
  DoWhileStatement: ['body'],
};
const EXPRESSIONS: Readonly<Record<string, readonly string[]>> = {
  ConditionalExpression: ['consequent', 'alternate'],
  LogicalExpression: ['right'],
};
const FUNCTIONS = new Set(['ArrowFunctionExpression', 'FunctionDeclaration', 'FunctionExpression']);

function mark(node: Node, marker: Marker): void {
  for (const part of partsOf(node, STATEMENTS[node.type])) marker.statement(part);
  for (const part of partsOf(node, EXPRESSIONS[node.type])) marker.expression(part);
  if (FUNCTIONS.has(node.type)) for (const body of partsOf(node, ['body'])) markFunction(body, marker);
  if (node.type === 'SwitchCase') markCase(node, marker);
}

const partsOf = (node: Node, names: readonly string[] = []): Node[] => names.map((name) => node[name]).filter(isNode);

/** A directive has to stay the first thing in its function. */
function markFunction(body: Node, marker: Marker): void {
  if (body.type !== 'BlockStatement') {
    marker.expression(body);
    return;
  }
  const [first] = body.body as readonly Node[];
  if (typeof first?.directive !== 'string') marker.beginning(body.start + 1);
}

function markCase({ consequent }: Node, marker: Marker): void {
  const [first] = consequent as readonly Node[];
  if (first) marker.beginning(first.start);
}
