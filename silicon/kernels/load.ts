import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliDecompressSync } from 'node:zlib';
import * as z from 'zod';
import { projectFile } from '../../kernel/files/project-file.ts';
import { ConfigError, messageOf } from '../../protocol/errors.ts';
import { PLAINLY } from '../../protocol/plain-issue.ts';
import { type IndexedTable, indexTable, type KernelSet } from './kernel-set.ts';
import type { KernelName } from './layouts.ts';
import { unpackTable } from './packed.ts';

/** What lies beside the tables of a GPU, as gpu.json. */
export const GpuFile = z.strictObject({
	source: z.string().min(1),
	memoryGBps: z.number().positive(),
	/** One way, to a GPU of its node and to one of another node. */
	linkGBps: z.number().positive(),
	nodeLinkGBps: z.number().positive(),
	gpusPerNode: z.int().positive(),
	/** The version that is meant where none is named. */
	version: z.string().min(1),
});

/** Tables are never written to, so all replicas of a process share them. */
const tables = new Map<string, IndexedTable>();

const FOLDER = 'profiling-data/kernels';
const ENDING = '.bin.br';
const GPU_FILE = 'gpu.json';
const BYTES_PER_MS = 1e6;

/** GPUs whose kernels ship. */
export function kernelGpus(): string[] {
	return readdirSync(projectFile(FOLDER))
		.filter((name) => !name.includes('.'))
		.sort();
}

/** Versions of the engine that kernels of a GPU were measured in, the oldest first; none where none ship. */
export function versionsOf(gpu: string): string[] {
	return kernelVersions(projectFile(`${FOLDER}/${gpu}`));
}

function kernelVersions(folder: string): string[] {
	if (!existsSync(folder)) return [];
	return readdirSync(folder)
		.filter((version) => existsSync(join(folder, version, `gemm${ENDING}`)))
		.sort(byVersion);
}

function byVersion(a: string, b: string): number {
	return a.localeCompare(b, 'en', { numeric: true });
}

/** Whether kernels of a GPU ship. */
export function hasKernels(gpu: string): boolean {
	return isKernelFolder(projectFile(`${FOLDER}/${gpu}`));
}

/** Whether a folder has kernels, as `gridbeat profiles import` writes them. */
export function isKernelFolder(folder: string): boolean {
	return existsSync(join(folder, GPU_FILE));
}

/**
 * The kernels of a GPU that ships.
 *
 * @param version of vLLM; null: the one that the GPU's figures are best known in
 * @throws ConfigError for a GPU or a version without kernels, listing those there are
 */
export function loadKernels(gpu: string, version: string | null): KernelSet {
	const folder = projectFile(`${FOLDER}/${gpu}`);
	if (!hasKernels(gpu))
		throw new ConfigError(
			`Cannot price kernels of "${gpu}": they are known of ${kernelGpus().join(', ')}; import those of another (gridbeat profiles import)`,
		);
	return readKernels(folder, gpu, version);
}

/**
 * The kernels in a folder.
 *
 * @param gpu its name
 * @param version as of loadKernels()
 * @throws ConfigError for a version that is not there
 */
export function readKernels(folder: string, gpu: string, version: string | null): KernelSet {
	const card = readGpu(join(folder, GPU_FILE));
	const wanted = version ?? card.version;
	const known = kernelVersions(folder);
	if (!known.includes(wanted))
		throw new ConfigError(
			`Cannot price kernels of "${gpu}" in vLLM ${wanted}: they are known of ${known.join(', ')}`,
		);
	return {
		gpu: {
			name: gpu,
			memoryBytesPerMs: card.memoryGBps * BYTES_PER_MS,
			linkBytesPerMs: card.linkGBps * BYTES_PER_MS,
			nodeLinkBytesPerMs: card.nodeLinkGBps * BYTES_PER_MS,
			gpusPerNode: card.gpusPerNode,
		},
		version: wanted,
		tables: (name) => tablesOf(folder, name, wanted),
	};
}

function readGpu(path: string): z.infer<typeof GpuFile> {
	try {
		return GpuFile.parse(JSON.parse(readFileSync(path, 'utf8')), PLAINLY);
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error).split('\n')[0]}`);
	}
}

/** The table of the version first, then those of others, the newest first; NCCL has one for all. */
function* tablesOf(folder: string, name: KernelName, wanted: string): Generator<IndexedTable> {
	const others = readdirSync(folder)
		.filter((version) => version !== wanted && /^\d/.test(version))
		.sort(byVersion)
		.reverse();
	for (const version of [wanted, ...others, '.']) {
		const path = join(folder, version, `${name}${ENDING}`);
		const found = tables.get(path) ?? (existsSync(path) ? readTable(path, version) : null);
		if (found !== null) yield found;
	}
}

function readTable(path: string, version: string): IndexedTable {
	let bytes: Uint8Array;
	try {
		bytes = brotliDecompressSync(readFileSync(path));
	} catch (error) {
		throw new ConfigError(`Cannot read kernel table "${path}": ${messageOf(error).split('\n')[0]}`);
	}
	const table = indexTable(unpackTable(bytes, path), version);
	tables.set(path, table);
	return table;
}
