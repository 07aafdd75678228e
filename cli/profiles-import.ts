import { existsSync } from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { parseDocument, stringify } from 'yaml';
import { readInputText } from '../kernel/files/input-file.ts';
import { makeFolders, writeWhole } from '../kernel/files/write-whole.ts';
import { ConfigError } from '../protocol/errors.ts';
import { cardDevice } from '../silicon/device.ts';
import { borrowedPoints } from '../silicon/fit/borrowed-points.ts';
import type { ImportedPoints } from '../silicon/fit/import-points.ts';
import { importedProfile, predictors } from '../silicon/fit/import-profile.ts';
import type { ModelGeometry } from '../silicon/model.ts';
import { profileName } from '../silicon/profile/catalogue.ts';
import type { HeldOut } from '../silicon/profile/held-out-error.ts';
import { findModel } from '../silicon/profile/load-cards.ts';
import { deviceNames, isCardPath } from '../silicon/profile/load-device-card.ts';
import { Profile, profileTables } from '../silicon/profile/profile.ts';
import { numeric } from './flags.ts';
import { printJson } from './json-output.ts';
import { importKernels, isKernelTree } from './kernels-import.ts';
import { readPoints } from './measured-files.ts';

/** As given: a tree of kernels needs neither model nor device. */
export interface ImportOptions extends Partial<ProfileOptions> {
	readonly engineVersion?: string;
	readonly source?: string;
}

interface ProfileOptions {
	readonly model: string;
	readonly device: string;
	readonly tensorParallel: string;
	readonly network?: string;
	readonly borrowNetwork?: string;
	readonly predictor: string;
	readonly out?: string;
	readonly memoryGb?: string;
	readonly tflops?: string;
	readonly idleW?: string;
	readonly maxW?: string;
	readonly json?: boolean;
}

/** A share from 0 to 1 in percent, such as `12.3 %`. */
export function percent(value: number): string {
	return `${(100 * value).toFixed(1)} %`;
}

/** The held-out error of a part of a profile in a line. */
export function errorText({ median, p95, samples, how }: HeldOut): string {
	return `error: median ${percent(median)}, 95th percentile ${percent(p95)} (${samples} points; ${how})`;
}

/** `gridbeat profiles import`: kernels of an engine, or a profile. */
export async function importInto(
	folder: string,
	options: ImportOptions,
	print: (text: string) => void,
): Promise<void> {
	if (isKernelTree(folder)) return importTree(folder, options, print);
	const { model, device, tensorParallel = '1', predictor = 'interpolate' } = options;
	if (model === undefined || device === undefined)
		throw new ConfigError('Cannot import a profile without --model NAME and --device NAME');
	importProfile(folder, { ...options, model, device, tensorParallel, predictor }, print);
}

async function importTree(
	folder: string,
	options: ImportOptions,
	print: (text: string) => void,
): Promise<void> {
	const out = options.out ?? `${basename(folder)}-kernels`;
	const { source = basename(folder), engineVersion = null } = options;
	const tables = await importKernels(folder, { out, source, version: engineVersion });
	const command = `gridbeat run --profile ${asFile(out)}`;
	if (options.json === true) {
		printJson('profiles-import', { path: out, card: null, command, missing: [], tables });
		return;
	}
	for (const { path, rows, bytes } of tables) print(`${path}: ${rows} times, ${bytes} bytes`);
	print(command);
}

/** A profile, the card of its GPU where it does not ship, and the run that uses them. */
function importProfile(
	folder: string,
	options: ProfileOptions,
	print: (text: string) => void,
): void {
	const model = findModel(options.model);
	const tensorParallel = wholeOf(options.tensorParallel);
	const predictor = predictors.find((one) => one === options.predictor);
	if (predictor === undefined)
		throw new ConfigError(
			`Cannot use --predictor "${options.predictor}": give ${predictors.join(', ')}`,
		);
	const card = cardOf(options);
	const device = card.name;
	const measured = readPoints(folder, {
		...{ model, tensorParallel, device },
		network: networkFolder(options, device),
	});
	const { points, source: borrowed } = withCollectives(measured, options, {
		...{ model, tensorParallel },
		lookedFor: existsSync(join(folder, 'compute'))
			? join(folder, 'network', networkFolder(options, device), 'all_reduce.csv')
			: `the column all_reduce of ${join(folder, 'token_ops.csv')}`,
	});
	const source = `imported from ${basename(folder)} by gridbeat profiles import --predictor ${predictor}${borrowed}`;
	const profile = importedProfile(points, { model, device, tensorParallel, predictor, source });
	const out = options.out ?? `${profileName(model.name, device, tensorParallel)}.json`;
	const path = out.endsWith('.json') ? out : `${out}.json`;
	makeFolders(dirname(path));
	writeWhole(path, `${JSON.stringify(profile)}\n`);
	const cardPath = card.write(path, { model: model.name, tensorParallel });
	const { errors } = profile;
	const missing = silentlyMissing(profile, model);
	const command = runCommand(profile, options, { path, cardPath });
	if (options.json === true) {
		printJson('profiles-import', { path, card: cardPath, command, missing, errors });
		return;
	}
	print(`wrote ${path}${cardPath === null ? '' : ` and ${cardPath}`}`);
	if (missing.length > 0) print(`without times, so that they cost nothing: ${missing.join(', ')}`);
	if (borrowed !== '') print(borrowed.slice(2));
	for (const [part, error] of Object.entries(errors ?? {})) print(`${part}: ${errorText(error)}`);
	if (!card.hasPower)
		print(`its energy is not known: give ${cardPath} power: {idleW, maxW} before the run`);
	print(command);
}

/** Operators that cost nothing; collectives are refused where they would count. */
function silentlyMissing(profile: Profile, { postAttentionNorm }: ModelGeometry): string[] {
	const { missing = [] } = profileTables(Profile.parse(profile), postAttentionNorm);
	return missing.filter((operator) => !['all_reduce', 'send_recv'].includes(operator));
}

function wholeOf(text: string): number {
	const count = Number(text);
	if (Number.isInteger(count) && count >= 1) return count;
	throw new ConfigError(`Cannot use --tensor-parallel "${text}": give a whole number from 1 on`);
}

/** What is imported, beside the files. */
interface Imported {
	readonly model: ModelGeometry;
	readonly tensorParallel: number;
}

/** Collectives of another GPU where they were asked for and there are none; where they are needed and missing, no profile. */
function withCollectives(
	points: ImportedPoints,
	{ borrowNetwork }: ProfileOptions,
	{ model, tensorParallel, lookedFor }: Imported & { readonly lookedFor: string },
): { readonly points: ImportedPoints; readonly source: string } {
	const needed = tensorParallel > 1 ? ['all_reduce', 'send_recv'] : ['send_recv'];
	const missing = needed.filter((op) => (points.tokenOps[op] ?? []).length === 0);
	if (borrowNetwork !== undefined && missing.length > 0) {
		const ops = borrowedPoints(borrowNetwork, model, tensorParallel, missing);
		const source = `; ${missing.join(' and ')} borrowed from ${borrowNetwork}, measured on no such GPU`;
		return { points: { ...points, tokenOps: { ...points.tokenOps, ...ops } }, source };
	}
	if (missing.includes('all_reduce'))
		throw new ConfigError(
			`Cannot import for --tensor-parallel ${tensorParallel}: there is no all-reduce, looked for as ${lookedFor}; ` +
				'give --network FOLDER, or --borrow-network DEVICE to take that of another GPU',
		);
	return { points, source: '' };
}

/** The GPU of an import: one that ships, one with a card, or one whose card is to be made. */
function cardOf(options: ProfileOptions) {
	const none = { hasPower: true, write: () => null };
	if (isCardPath(options.device)) {
		const { name } = cardDevice(options.device);
		const hasPower = parseDocument(readInputText(options.device)).has('power');
		const write = addProfile(options.device);
		return { name, hasPower, write };
	}
	const name = options.device.toLowerCase();
	if (deviceNames.includes(name)) return { name, ...none };
	const { memoryGb, tflops, idleW, maxW } = options;
	if (
		memoryGb === undefined ||
		tflops === undefined ||
		(idleW === undefined) !== (maxW === undefined)
	)
		throw new ConfigError(
			`Cannot make a card of GPU "${options.device}": give --memory-gb and --tflops of its data sheet (and --idle-w with --max-w, ` +
				'without which no run starts), or the path of a card as --device',
		);
	const card = {
		...{ name, fp16Tflops: numeric('tflops')(tflops), memoryGb: numeric('memory-gb')(memoryGb) },
		...(idleW === undefined || maxW === undefined
			? {}
			: { power: { idleW: numeric('idle-w')(idleW), maxW: numeric('max-w')(maxW) } }),
	};
	const write = (path: string, made: { model: string; tensorParallel: number }): string => {
		const file = join(dirname(path), `${name}.yaml`);
		if (!existsSync(file)) writeWhole(file, stringify(card));
		return addProfile(file)(path, made);
	};
	return { name, hasPower: idleW !== undefined, write };
}

/** Lists a profile in a card, in place of one for the same model and tensor parallelism. */
function addProfile(card: string) {
	return (path: string, { model, tensorParallel }: { model: string; tensorParallel: number }) => {
		const document = parseDocument(readInputText(card));
		const listed = (document.toJS() as { profiles?: { model: string; tensorParallel: number }[] })
			.profiles;
		const others = (listed ?? []).filter(
			(one) => one.model !== model || one.tensorParallel !== tensorParallel,
		);
		const entry = { model, tensorParallel, path: relative(dirname(card), path) };
		document.set('profiles', document.createNode([...others, entry]));
		writeWhole(card, document.toString());
		cardDevice(card);
		return card;
	};
}

/** The run that uses an import, with limits that its tables have. */
function runCommand(
	{ decode, tokenOps, prefill, model, tensorParallel }: Profile,
	options: ProfileOptions,
	{ path, cardPath }: { readonly path: string; readonly cardPath: string | null },
): string {
	const most = (values: readonly number[]) => values.at(-1) ?? 0;
	const tokens = Math.min(Math.floor(most(tokenOps.tokens) / 8) * 8, most(prefill.chunk));
	const request = Math.min(most(decode.kv), tokens);
	const limit = (flag: string, usual: number, measured: number) =>
		measured < usual ? [flag, String(measured)] : [];
	const device = cardPath === null ? ['--device', options.device] : ['--device', asFile(cardPath)];
	return [
		...['gridbeat run', '--model', isCardPath(options.model) ? asFile(options.model) : model],
		...device,
		...(cardPath === null ? ['--profile', asFile(path)] : []),
		...(tensorParallel === 1 ? [] : ['--tensor-parallel', String(tensorParallel)]),
		...limit('--batch-size-cap', 128, Math.min(most(decode.batch), tokens)),
		...limit('--max-tokens', 4096, request),
		...limit('--max-batch-tokens', 4096, tokens),
		// No clock of it is known that would keep to one.
		...(cardPath === null ? [] : ['--cap', 'none']),
	].join(' ');
}

/** A path that is not taken for the name of a model, a profile or a device. */
function asFile(path: string): string {
	return /^(\.{1,2}\/|\/)/.test(path) ? path : `./${path}`;
}

function networkFolder({ network }: ProfileOptions, device: string): string {
	return network ?? `${device}_pairwise_nvlink`;
}
