import { existsSync, readdirSync } from 'node:fs';
import { basename, dirname, extname, join, resolve } from 'node:path';
import { parse } from 'yaml';
import { readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import type { Note } from '../../protocol/remark.ts';
import { type ModelCard, type ModelGeometry, modelCard } from '../model.ts';
import { configGeometry } from './config-geometry.ts';
import { configWeights } from './config-weights.ts';

const DEFAULT_CARD = 'llama-3-8b.yaml';

/** The cards of profiling-data/models as text, Llama-3-8B (the default model) first: parsing all would take longer than all else at a start. */
const cardFiles: readonly { readonly path: string; readonly lines: readonly string[] }[] =
	readdirSync(projectFile('profiling-data/models'))
		.filter((file) => extname(file) === '.yaml')
		.sort((a, b) => Number(b === DEFAULT_CARD) - Number(a === DEFAULT_CARD) || (a < b ? -1 : 1))
		.map((file) => {
			const path = projectFile(`profiling-data/models/${file}`);
			return { path, lines: readInputText(path).toLowerCase().split('\n') };
		});

/** Those that were parsed, by their paths. */
const parsedCards = new Map<string, ModelCard>();

function cardAt(path: string): ModelCard {
	const card = parsedCards.get(path) ?? readCard(path);
	parsedCards.set(path, card);
	return card;
}

/** Geometries of the models that ship with the project. */
export function shippedModels(): readonly ModelGeometry[] {
	return cardFiles.map(({ path }) => geometryOf(cardAt(path)));
}

/** Those that Vidur has tables of, which its profiles are put together from. */
export const vidurModels: readonly ModelGeometry[] = cardFiles
	.filter(({ lines }) => lines.includes('vidurtables: true'))
	.map(({ path }) => geometryOf(cardAt(path)));

/** Cards read from files given by users, so that their names are known to `defaultProfile`. */
const own = new Map<string, ModelCard>();

/** The card of a model that ships, by its name or another that it is known by, or null. */
export function shippedCard(name: string): ModelCard | null {
	const wanted = name.toLowerCase();
	const said = [`name: ${wanted}`, `  - ${wanted}`];
	const found = cardFiles.find(({ lines }) => lines.some((line) => said.includes(line)));
	return found === undefined ? null : cardAt(found.path);
}

/** The card that was read last under this name, or of the model that ships; null if there is neither. */
export function cardOf(name: string): ModelCard | null {
	return own.get(name) ?? shippedCard(name);
}

/**
 * The geometry of a model: of one that ships, by its name; of the card at a path that ends in .yaml or .yml; or of a Hugging Face
 * `config.json`, by its path or that of its folder.
 *
 * @throws ConfigError for an unknown model, listing the known ones, or a card or config that cannot be used
 */
export function findModel(name: string): ModelGeometry {
	if (isModelPath(name)) {
		const card = /\.ya?ml$/i.test(name) ? readCard(name) : readConfig(name).card;
		own.set(card.name, card);
		return geometryOf(card);
	}
	// A card that another run in this process has read is none of this one's.
	const found = shippedCard(name);
	if (found !== null) return geometryOf(found);
	throw new ConfigError(
		`Cannot use model "${name}": ${knownText(
			name,
			shippedModels().map((one) => one.name),
		)}; a model of your own is the path of its card (.yaml) or config.json`,
	);
}

/** Whether a model is given by a path: of a card, of a config.json, or of a folder that has one. */
function isModelPath(name: string): boolean {
	return /^(\.{0,2})\//.test(name) || /\.(ya?ml|json)$/i.test(name);
}

/** What a model's config.json has that was taken as something that it nearly is; none for cards. */
export function modelNotes(name: string): readonly Note[] {
	return isModelPath(name) && !/\.ya?ml$/i.test(name) ? readConfig(name).notes : [];
}

function readConfig(path: string): { readonly card: ModelCard; readonly notes: readonly Note[] } {
	const file = /\.json$/i.test(path) ? path : join(path, 'config.json');
	if (!existsSync(file))
		throw new ConfigError(`Cannot read model config "${path}": there is no such file`);
	const value = parsed(file, path);
	const model = configGeometry(value, path, configName(file));
	const { formats, notes } = configWeights(quantizationOf(value, file, path), path, model);
	return { card: modelCard({ ...model, ...formats }, path), notes };
}

/** From the config or, as NVIDIA's checkpoints have it, from the file beside it. */
function quantizationOf(value: unknown, file: string, path: string): unknown {
	const { quantization_config: own, text_config: text } = value as Record<string, unknown>;
	const inner = (text as Record<string, unknown> | undefined)?.['quantization_config'];
	if (own !== undefined || inner !== undefined) return own ?? inner;
	const beside = join(
		dirname(file),
		basename(file).replace(/config\.json$/i, 'hf_quant_config.json'),
	);
	if (!existsSync(beside)) return null;
	return (parsed(beside, path) as Record<string, unknown>)['quantization'] ?? null;
}

function parsed(file: string, path: string): unknown {
	try {
		const value: unknown = JSON.parse(readInputText(file));
		if (typeof value === 'object' && value !== null) return value;
	} catch (error) {
		throw new ConfigError(`Cannot read model config "${path}": ${messageOf(error).split('\n')[0]}`);
	}
	throw new ConfigError(`Cannot read model config "${path}": it is no object`);
}

/** `Qwen/Qwen3-8B` of a folder or file named so, of `Qwen--Qwen3-8B_config.json` and of Hugging Face's cache. */
function configName(file: string): string {
	const path = resolve(file);
	const cached = /models--([^/]+)\/snapshots\//.exec(path)?.[1];
	const isPlain = basename(path).toLowerCase() === 'config.json';
	const named = isPlain
		? basename(dirname(path))
		: basename(path).replace(/(_?config)?\.json$/i, '');
	return (cached ?? named).replace('--', '/');
}

function readCard(path: string): ModelCard {
	if (!existsSync(path))
		throw new ConfigError(`Cannot read model card "${path}": there is no such file`);
	let value: unknown;
	try {
		value = parse(readInputText(path));
	} catch (error) {
		throw new ConfigError(`Cannot read model card "${path}": ${messageOf(error).split('\n')[0]}`);
	}
	return modelCard(value, path);
}

function geometryOf({
	attention: _,
	aliases: __,
	vidurTables: ___,
	...geometry
}: ModelCard): ModelGeometry {
	return geometry;
}
