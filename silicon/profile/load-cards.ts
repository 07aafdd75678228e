import { existsSync, readdirSync } from 'node:fs';
import { extname } from 'node:path';
import { parse } from 'yaml';
import { readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { knownText } from '../../protocol/nearest-name.ts';
import { type ModelCard, type ModelGeometry, modelCard } from '../model.ts';

/** The cards of profiling-data/models, Llama-3-8B (the default model) first. */
const modelCards: readonly ModelCard[] = readdirSync(projectFile('profiling-data/models'))
	.filter((file) => extname(file) === '.yaml')
	.map((file) => readCard(projectFile(`profiling-data/models/${file}`)))
	.sort((a, b) => Number(b.name.endsWith('3-8B')) - Number(a.name.endsWith('3-8B')));

/** Geometries of the models that ship with the project. */
export const models: readonly ModelGeometry[] = modelCards.map(geometryOf);

/** Their names. */
const modelNames: readonly string[] = models.map(({ name }) => name);

/** Cards read from files given by users, so that their names are known to `defaultProfile`. */
const own = new Map<string, ModelCard>();

/** The card of a model that ships, or null. */
export function shippedCard(name: string): ModelCard | null {
	return modelCards.find((card) => card.name.toLowerCase() === name.toLowerCase()) ?? null;
}

/** The card that was read last under this name, or of the model that ships; null if there is neither. */
export function cardOf(name: string): ModelCard | null {
	return own.get(name) ?? shippedCard(name);
}

/**
 * The geometry of a model: of one that ships, by its name, or of the card at a path that ends in .yaml or .yml.
 *
 * @throws ConfigError for an unknown model, listing the known ones, or a card that cannot be used
 */
export function findModel(name: string): ModelGeometry {
	if (/\.ya?ml$/i.test(name)) {
		const card = readCard(name);
		own.set(card.name, card);
		return geometryOf(card);
	}
	// A card that another run in this process has read is none of this one's.
	const found = shippedCard(name);
	if (found !== null) return geometryOf(found);
	throw new ConfigError(
		`Cannot use model "${name}": ${knownText(name, modelNames)}; a model of your own is the path of its card (.yaml)`,
	);
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

function geometryOf({ attention: _, ...geometry }: ModelCard): ModelGeometry {
	return geometry;
}
