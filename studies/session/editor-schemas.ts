import type * as z from 'zod';
import { jsonSchema } from '../../run/resolve/editor-schema.ts';
import { type SchemaNode, withNames } from '../../run/resolve/named-values.ts';
import { Scenario } from '../../run/resolve/scenario.ts';
import { withSharedParts } from '../../run/resolve/shared-parts.ts';
import { withShortForms } from '../../run/resolve/short-form-schema.ts';
import { CapacityFile } from '../capacity/capacity-file.ts';
import { VidurPoint } from '../experiments/vidur-point.ts';
import { SweepFile } from '../sweep/sweep-file.ts';
import type { FileKind } from './file-kinds.ts';

/**
 * The JSON Schema of a kind of file for editors, with the names of models, devices, places and grid zones. In files of studies
 * the keys of a design are the paths of a scenario, each with what its values may be.
 */
export function editorSchema(kind: FileKind): object {
	const scenario = withSharedParts(
		withShortForms(withNames(jsonSchema(Scenario) as SchemaNode)),
		'scenario',
	);
	if (kind === 'scenario') return { title: 'Gridbeat scenario', ...scenario };
	return kind === 'sweep'
		? studySchema(SweepFile, scenario, { title: 'Gridbeat sweep', isVidur: true })
		: studySchema(CapacityFile, scenario, { title: 'Gridbeat capacity search', isVidur: false });
}

/** Where the scenario stands in the schema of a study. */
const SCENARIO = '#/definitions/scenario';

function studySchema(
	file: z.ZodType,
	{ definitions = {}, $schema: _, ...scenario }: SchemaNode,
	{ title, isVidur }: { readonly title: string; readonly isVidur: boolean },
): object {
	const own = withSharedParts(jsonSchema(file) as SchemaNode, 'study');
	const { base, grid, list, random, ...others } = own.properties ?? {};
	const vidur = withNames(jsonSchema(VidurPoint) as SchemaNode);
	const { $schema: __, ...point } = vidur;
	const paths = [
		...pathsOf(scenario, definitions as Definitions, { path: '', at: SCENARIO }),
		...(isVidur ? pathsOf(point, {}, { path: 'vidur.', at: '#/definitions/vidur' }) : []),
	];
	const keys = (of: (value: SchemaNode) => SchemaNode) =>
		Object.fromEntries([...byPath(paths)].map(([path, ats]) => [path, of(valueAt(ats))]));
	return {
		title,
		...own,
		properties: {
			...others,
			base: {
				...base,
				anyOf: [
					{ type: 'string', minLength: 1 },
					{ $ref: SCENARIO },
					...(isVidur ? [{ $ref: '#/definitions/base-of-vidur' }] : []),
				],
			},
			grid: {
				...grid,
				properties: keys((items) => ({ type: 'array', minItems: 1, items })),
			},
			list: {
				...list,
				items: { ...(list?.['items'] as object), properties: keys((value) => value) },
			},
			random,
		},
		definitions: {
			...(own['definitions'] as Definitions),
			...(definitions as Definitions),
			scenario,
			...(isVidur ? { vidur: point, 'base-of-vidur': vidurBase() } : {}),
		},
	};
}

/** Of command lines of Vidur: what is varied may be left out of the base. */
function vidurBase(): SchemaNode {
	const vidur = { allOf: [{ $ref: '#/definitions/vidur' }] };
	return {
		type: 'object',
		properties: { vidur },
		required: ['vidur'],
		additionalProperties: false,
	} as unknown as SchemaNode;
}

type Definitions = Readonly<Record<string, SchemaNode>>;

/** A key of a scenario: its path as a design has it, and where its schema stands. */
interface Place {
	readonly path: string;
	readonly at: string;
}

/** Every key below a node that is no member of a list, sections themselves among them. */
function pathsOf(
	node: SchemaNode,
	definitions: Definitions,
	{ path, at }: Place,
	depth = 0,
): Place[] {
	if (depth > DEPTH_MAX) return [];
	const target = /^#\/definitions\/(.+)$/.exec(String(node['$ref'] ?? ''))?.[1];
	if (target !== undefined) {
		const found = definitions[target];
		return found === undefined
			? []
			: pathsOf(found, definitions, { path, at: `#/definitions/${target}` }, depth);
	}
	const own = Object.entries(node.properties ?? {}).flatMap(([key, child]) => {
		const place = { path: `${path}${key}`, at: `${at}/properties/${key}` };
		return [place, ...pathsOf(child, definitions, { ...place, path: `${place.path}.` }, depth + 1)];
	});
	const branches = (['anyOf', 'oneOf', 'allOf'] as const).flatMap((way) =>
		((node[way] ?? []) as readonly SchemaNode[]).flatMap((branch, i) =>
			pathsOf(branch, definitions, { path, at: `${at}/${way}/${i}` }, depth),
		),
	);
	return [...own, ...branches];
}

/** Of several kinds of a section each may have the key. */
function byPath(places: readonly Place[]): Map<string, Set<string>> {
	const found = new Map<string, Set<string>>();
	for (const { path, at } of places) found.set(path, (found.get(path) ?? new Set()).add(at));
	return found;
}

function valueAt(ats: ReadonlySet<string>): SchemaNode {
	const [one = '', ...others] = ats;
	return others.length === 0 ? { $ref: one } : { anyOf: [...ats].map(($ref) => ({ $ref })) };
}

/** Of sections in sections; signals in signals go on for ever. */
const DEPTH_MAX = 3;
