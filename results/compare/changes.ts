import { CapRule, printCapRule } from '../../protocol/scenario/caps.ts';
import type { Case } from './cases.ts';

/** A part of the scenario that is not the same in all cases. */
export interface Change {
	/** Its path, such as `batteries.0.capacityWh`. */
	readonly key: string;
	/** What each case has there, in a line. */
	readonly values: readonly string[];
}

/** What changes no figure of a run, or is its seed. */
const NO_CHANGE: ReadonlySet<string> = new Set(['name', 'seed', 'repeats', 'pace', 'placement']);
/** Members that say what a part is: where they differ, the parts are others as a whole. */
const KINDS = ['type', 'source'] as const;
const NONE = 'none';

/**
 * What differs between the scenarios of cases, each at the highest place where it is one thing: a list that one case
 * leaves empty is one change and not one for each key within. A case without a scenario has none of it.
 */
export function changesOf(cases: readonly Case[]): Change[] {
	return changesBetween(cases.map(({ runs }) => runs[0]?.scenario));
}

/** The same of scenarios by themselves; undefined: there is none. */
export function changesBetween(scenarios: readonly unknown[]): Change[] {
	if (scenarios.filter((scenario) => scenario !== undefined).length < 2) return [];
	return [...between(scenarios, [])];
}

function* between(nodes: readonly unknown[], path: readonly string[]): Generator<Change> {
	if (new Set(nodes.map((node) => JSON.stringify(node))).size < 2) return;
	const key = path.join('.');
	const known = nodes.filter((node) => node !== undefined);
	const areMappings = known.every(isMapping) && (path.length === 0 || known.length > 1);
	if (areMappings && !KINDS.some((kind) => differ(known as Mapping[], kind))) {
		const names = new Set(known.flatMap((node) => Object.keys(node as Mapping)));
		for (const name of names)
			if (path.length > 0 || !NO_CHANGE.has(name))
				yield* between(
					nodes.map((node) => (node as Mapping | undefined)?.[name]),
					[...path, name],
				);
		return;
	}
	const lists = known.filter(Array.isArray) as unknown[][];
	const areAlike =
		lists.length === nodes.length && lists.every(({ length }) => length === lists[0]?.length);
	if (areAlike && key !== 'cap' && lists.flat().every(isMapping)) {
		for (let i = 0; i < (lists[0]?.length ?? 0); i++)
			yield* between(
				lists.map((list) => list[i]),
				[...path, String(i)],
			);
		return;
	}
	yield { key, values: nodes.map((node) => brief(node)) };
}

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(node: unknown): node is Mapping {
	return typeof node === 'object' && node !== null && !Array.isArray(node);
}

function differ(nodes: readonly Mapping[], name: string): boolean {
	return new Set(nodes.map((node) => JSON.stringify(node[name]))).size > 1;
}

/** A value in a line: what is empty is none, rules of caps are as their flag has them. */
function brief(node: unknown): string {
	if (node === undefined || node === null) return NONE;
	if (Array.isArray(node)) {
		if (node.length === 0) return NONE;
		const rules = node.map((rule) => CapRule.safeParse(rule));
		if (rules.every(({ success }) => success))
			return rules.flatMap(({ data }) => (data === undefined ? [] : printCapRule(data))).join(', ');
	}
	return inLine(node);
}

/** As YAML has it in a line, without what is null, which says nothing to who reads it. */
function inLine(node: unknown): string {
	if (Array.isArray(node)) return `[${node.map(inLine).join(', ')}]`;
	if (!isMapping(node)) return String(node);
	const parts = Object.entries(node).filter(([, value]) => value !== null);
	return `{ ${parts.map(([key, value]) => `${key}: ${inLine(value)}`).join(', ')} }`;
}
