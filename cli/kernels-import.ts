import { existsSync, readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { brotliCompressSync } from 'node:zlib';
import { parse } from 'yaml';
import * as z from 'zod';
import { readInput, readInputText } from '../kernel/files/input-file.ts';
import { makeFolders, writeWhole } from '../kernel/files/write-whole.ts';
import { ConfigError, messageOf } from '../protocol/errors.ts';
import { PLAINLY } from '../protocol/plain-issue.ts';
import { kernelTable, type MeasuredRows } from '../silicon/fit/import-kernels.ts';
import { layouts } from '../silicon/kernels/layouts.ts';
import type { GpuFile } from '../silicon/kernels/load.ts';
import { type KeyValue, packTable } from '../silicon/kernels/packed.ts';

/** Ending of measured files. */
const ENDING = '_perf.parquet';

/** A table that was written. */
interface WrittenTable {
	readonly path: string;
	readonly rows: number;
	readonly bytes: number;
}

/** Whether a folder is a tree of measured kernels: Parquet files as ai-dynamo/aiconfigurator names them. */
export function isKernelTree(folder: string): boolean {
	return existsSync(folder) && statSync(folder).isDirectory() && measuredFiles(folder).length > 0;
}

export interface KernelImport {
	/** Folder to write. */
	readonly out: string;
	/** Where the measurements are from. */
	readonly source: string;
	/** Version that is meant where none is named; null: the newest with matrix products. */
	readonly version: string | null;
}

/**
 * Packs the files below `folder`, `KIND/ENGINE/VERSION/NAME_perf.parquet`, into VERSION/TABLE.bin.br, and of NCCL the newest version that is
 * there into nccl.bin.br; gpu.json has what `FOLDER.yaml` says of the GPU.
 *
 * @throws ConfigError for a file that is no table of kernels, and without the GPU's figures
 */
export async function importKernels(
	folder: string,
	{ out, source, version }: KernelImport,
): Promise<WrittenTable[]> {
	const files = newestNccl(measuredFiles(folder)).filter(({ name }) => layouts[name] !== undefined);
	const versions = files.filter(({ name }) => name === 'gemm').map((file) => file.version);
	const usual = version ?? newest(versions);
	if (usual === undefined || !versions.includes(usual))
		throw new ConfigError(
			`Cannot import kernels of "${folder}": it has no gemm${ENDING}${version === null ? '' : ` of version ${version}`}`,
		);
	const gpu = gpuOf(`${folder.replace(/[\\/]+$/, '')}.yaml`, source, usual);
	makeFolders(out);
	writeWhole(join(out, 'gpu.json'), `${JSON.stringify(gpu, null, '\t')}\n`);
	const written: WrittenTable[] = [];
	for (const file of files) written.push(await packFile(file, out, source));
	return written;
}

async function packFile(file: MeasuredFile, out: string, source: string): Promise<WrittenTable> {
	const layout = layouts[file.name] as (typeof layouts)[string];
	const rows = await readRows(file.path);
	const origin = `${file.name} of ${file.engine} ${file.version}: ${source}`;
	const table = kernelTable(rows, layout, origin);
	const bytes = brotliCompressSync(packTable(table));
	const target = file.engine === 'nccl' ? out : join(out, file.version);
	makeFolders(target);
	const path = join(target, `${layout.name}.bin.br`);
	writeWhole(path, bytes);
	const count = table.logMs.reduce((sum, log) => sum + (Number.isNaN(log) ? 0 : 1), 0);
	return { path, rows: count, bytes: bytes.length };
}

/** What a system's card of aiconfigurator says, in bytes per second. */
const SystemCard = z.object({
	gpu: z.object({ mem_bw: z.number().positive() }),
	node: z.object({
		num_gpus_per_node: z.int().positive(),
		num_gpus_per_rack: z.int().positive().optional(),
		intra_node_bw: z.number().positive(),
		inter_node_bw: z.number().positive(),
		inter_rack_bw: z.number().positive().optional(),
	}),
});

/** GPUs of one rack that are joined by NVLink count as a node. */
function gpuOf(path: string, source: string, version: string): z.infer<typeof GpuFile> {
	if (!existsSync(path))
		throw new ConfigError(
			`Cannot import kernels without the figures of their GPU: there is no "${path}", with gpu: {mem_bw} and node: {num_gpus_per_node, intra_node_bw, inter_node_bw}`,
		);
	let value: unknown;
	try {
		value = parse(readInputText(path));
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error).split('\n')[0]}`);
	}
	const result = SystemCard.safeParse(value, PLAINLY);
	if (!result.success) {
		const issue = result.error.issues[0];
		throw new ConfigError(`Cannot use "${path}": ${issue?.path.join('.')}: ${issue?.message}`);
	}
	const { gpu, node } = result.data;
	return {
		source: `${basename(path)} of ${source}`,
		memoryGBps: gpu.mem_bw / 1e9,
		linkGBps: node.intra_node_bw / 1e9,
		nodeLinkGBps: (node.inter_rack_bw ?? node.inter_node_bw) / 1e9,
		gpusPerNode: node.num_gpus_per_rack ?? node.num_gpus_per_node,
		version,
	};
}

interface MeasuredFile {
	readonly path: string;
	readonly name: string;
	readonly engine: string;
	readonly version: string;
}

function measuredFiles(folder: string): MeasuredFile[] {
	return readdirSync(folder, { recursive: true, encoding: 'utf8' })
		.filter((path) => path.endsWith(ENDING))
		.sort()
		.map((path) => {
			const parts = path.split(/[\\/]/);
			return {
				path: join(folder, path),
				name: basename(path).slice(0, -ENDING.length),
				engine: parts.at(-3) ?? '',
				version: parts.at(-2) ?? '',
			};
		});
}

function newestNccl(files: readonly MeasuredFile[]): MeasuredFile[] {
	const ofNccl = files.filter(({ engine }) => engine === 'nccl').map(({ version }) => version);
	const last = newest(ofNccl);
	return files.filter(({ engine, version }) => engine !== 'nccl' || version === last);
}

function newest(versions: readonly string[]): string | undefined {
	return [...versions].sort((a, b) => a.localeCompare(b, 'en', { numeric: true })).at(-1);
}

async function readRows(path: string): Promise<MeasuredRows> {
	const [{ parquetReadObjects }, { decompress }] = await Promise.all([
		import('hyparquet'),
		import('fzstd'),
	]);
	const bytes = readInput(path);
	const file = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length) as ArrayBuffer;
	let rows: Record<string, unknown>[];
	try {
		rows = await parquetReadObjects({ file, compressors: { ZSTD: (input) => decompress(input) } });
	} catch (error) {
		throw new ConfigError(`Cannot read "${path}": ${messageOf(error).split('\n')[0]}`);
	}
	const names = Object.keys(rows[0] ?? {});
	const columns = names.map((name): [string, KeyValue[]] => [
		name,
		rows.map((row) => plain(row[name])),
	]);
	return { file: path, columns: Object.fromEntries(columns) };
}

/** Whole numbers come as bigint. */
function plain(value: unknown): KeyValue {
	if (typeof value === 'bigint') return Number(value);
	return typeof value === 'number' ? value : String(value);
}
