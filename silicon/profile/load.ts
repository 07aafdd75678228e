import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { fileStamp } from '../../kernel/files/file-stamp.ts';
import { readInput, readInputText } from '../../kernel/files/input-file.ts';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { given, type Origin } from '../../protocol/origin.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { behaviourOf } from '../compatibility.ts';
import { compileTables, stepParts } from '../kernels/compile.ts';
import { stepOrigin } from '../kernels/describe-step.ts';
import type { KernelSet } from '../kernels/kernel-set.ts';
import { isKernelFolder, loadKernels, readKernels } from '../kernels/load.ts';
import { kernelsNamed } from '../kernels/name.ts';
import type { LatencyTables } from '../predictor/tables.ts';
import { assemble, type Parts } from './assemble.ts';
import { networkOf, type ProfileKey } from './catalogue.ts';
import { findProfile, scaledKernel, unknownProfile } from './choose.ts';
import { describeProfile, describeReproduction } from './describe.ts';
import { exactTables } from './exact-tables.ts';
import { shippedCard } from './load-cards.ts';
import { loadArtefact, loadParts, loadTrained } from './load-parts.ts';
import { fileOrigin, originOf, scaledOrigin } from './origin.ts';
import { overlaid } from './overlay.ts';
import { Profile, profileTables } from './profile.ts';
import type { ProfileNeeds } from './profile-needs.ts';

/**
 * Loads a latency profile: a name that `gridbeat profiles list` shows, `kernels` or `kernels:VERSION` (measured kernels of
 * the device), the path of a JSON file, or the path of a folder with exact tables (token_ops.csv, attn_decode.csv,
 * attn_prefill.csv, each also as .csv.gz) or with kernels.
 *
 * @throws ConfigError when there is none, it cannot be read, or it was measured for something else
 */
export function loadTables(profile: string, needs: ProfileNeeds): LatencyTables {
	const key = JSON.stringify([profile, fileStamp(profile), needs]);
	const tables = loaded.get(key) ?? readTables(profile, needs);
	loaded.set(key, tables);
	return tables;
}

/** Tables are never written to, so the replicas of a process share them. */
const loaded = new Map<string, LatencyTables>();

/**
 * Where the times of a profile are from, without putting it together.
 *
 * @throws ConfigError as loadTables() does
 */
export function profileOrigin(profile: string, needs: ProfileNeeds): Origin {
	return profileOf(profile, needs).origin();
}

/** A profile that was found: what it is, and its tables, which take longer to make. */
interface Found {
	readonly origin: () => Origin;
	readonly tables: () => LatencyTables;
}

function readTables(profile: string, needs: ProfileNeeds): LatencyTables {
	return profileOf(profile, needs).tables();
}

function profileOf(profile: string, needs: ProfileNeeds): Found {
	const kernels = kernelsNamed(profile);
	if (kernels !== null) return measuredKernels(loadKernels(needs.device, kernels.version), needs);
	const path = [projectFile(`profiling-data/${profile}.json`), profile].find(existsSync);
	if (path === undefined) return assembled(profile, needs);
	if (isKernelFolder(path)) return measuredKernels(readKernels(path, needs.device, null), needs);
	if (statSync(path).isDirectory())
		return {
			origin: () => given(`exact tables of ${profile}`),
			tables: () => loadExact(path, needs),
		};
	const data = parse(profile, readProfile(profile, path));
	checkSame(profile, data, needs);
	return {
		origin: () => fileOrigin(profile, data),
		tables: () => profileTables(data, needs.model.postAttentionNorm),
	};
}

function readProfile(profile: string, path: string): string {
	try {
		return readInputText(path);
	} catch (error) {
		throw new ConfigError(`Cannot load profile "${profile}": ${messageOf(error)}`);
	}
}

/** Times of kernels as an engine runs them (silicon/kernels). */
function measuredKernels(kernels: KernelSet, needs: ProfileNeeds): Found {
	const { model, tensorParallel, expertParallel = false } = needs;
	const parts = stepParts(kernels, model, { tensorParallel, expertParallel });
	return {
		origin: () => stepOrigin(kernels, parts),
		tables: () => compileTables(kernels, parts, model),
	};
}

/** A profile put together from the parts in profiling-data, by its name. */
function assembled(profile: string, needs: ProfileNeeds): Found {
	const scaled = scaledKernel(profile);
	if (scaled !== null) {
		refuseUnlikeVidur(profile, needs);
		return {
			origin: () => scaledOrigin(needs, scaled),
			tables: () => assemble(needs, partsOf(needs, scaled, networkOf(profile, needs.device))),
		};
	}
	const found = findProfile(profile);
	const card = found === null ? null : shippedCard(found.key.model);
	if (found === null || card === null) throw new ConfigError(unknownProfile(profile, 'load'));
	const { key, isReproduction } = found;
	checkSame(profile, key, needs);
	return {
		origin: () => originOf(isReproduction ? describeReproduction(key) : describeProfile(key)),
		tables: () => {
			const parts = partsOf(needs, card.attention, key.network);
			return isReproduction ? reproduction(key, needs, parts) : assemble(needs, parts);
		},
	};
}

/** Vidur's operators are those of dense layers that attend to all that is before, in 16 bits. */
function refuseUnlikeVidur(profile: string, { model }: ProfileNeeds): void {
	const { name, layerGroups = [], weights, kvCache } = model;
	const forms = new Set(layerGroups.flatMap(({ attention, mlp }) => [attention, mlp]));
	const unlike = [...forms, weights, kvCache && `KV cache ${kvCache}`].filter(
		(one) => one !== undefined && !['full', 'dense', 'bf16'].includes(one),
	);
	if (unlike.length === 0) return;
	throw new ConfigError(
		`Cannot use profile "${profile}" for "${name}": it is of dense layers with full attention in 16 bits, not of ${unlike.join(', ')}; ` +
			'import one of it (gridbeat profiles import)',
	);
}

function reproduction(
	{ name, model }: ProfileKey,
	needs: ProfileNeeds,
	parts: Parts,
): LatencyTables {
	const kvCacheSave = shippedCard(model)?.attention === 'flashinfer' ? loadArtefact() : null;
	const tables = assemble(needs, {
		...parts,
		allReduces: { as: 'vidur' },
		reproduction: { kvCacheSave },
	});
	const trained = loadTrained(name);
	if (trained === null) return tables;
	return overlaid(profileTables(trained, needs.model.postAttentionNorm), tables);
}

function partsOf(needs: ProfileNeeds, kernel: string, network: string): Parts {
	const parts = loadParts(needs, kernel, network);
	const isVidur = behaviourOf(needs.compatibility ?? null).allReduce === 'vidur';
	return isVidur ? { ...parts, allReduces: { as: 'vidur' } } : parts;
}

interface MadeFor {
	readonly model: string;
	readonly device: string;
	readonly tensorParallel: number;
}

function checkSame(profile: string, made: MadeFor, needs: ProfileNeeds): void {
	const text = (one: MadeFor) =>
		`${one.model} on ${one.device} with tensor parallelism ${one.tensorParallel}`;
	const wanted = text({ ...needs, model: needs.model.name });
	if (text(made) !== wanted)
		throw new ConfigError(`Cannot use profile "${profile}" for ${wanted}: it is of ${text(made)}`);
}

function parse(name: string, text: string): Profile {
	try {
		return Profile.parse(JSON.parse(text), PLAINLY);
	} catch (error) {
		throw new ConfigError(`Cannot read profile "${name}": ${messageOf(error).split('\n')[0]}`);
	}
}

function loadExact(folder: string, needs: ProfileNeeds): LatencyTables {
	const read = (name: string) => {
		const path = join(folder, name);
		if (existsSync(path)) return readInputText(path);
		if (existsSync(`${path}.gz`)) return gunzipSync(readInput(`${path}.gz`)).toString('utf8');
		throw new ConfigError(`Cannot load profile "${folder}": it has no ${name}`);
	};
	return exactTables(
		{
			tokenOps: read('token_ops.csv'),
			decode: read('attn_decode.csv'),
			prefill: read('attn_prefill.csv'),
		},
		needs.model.postAttentionNorm,
	);
}
