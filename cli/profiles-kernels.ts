import Table from 'cli-table3';
import { ConfigError } from '../protocol/errors.ts';
import { summary } from '../silicon/fit/held-out.ts';
import { stepParts } from '../silicon/kernels/compile.ts';
import { stepRows } from '../silicon/kernels/describe-step.ts';
import { leftOutErrors } from '../silicon/kernels/held-out.ts';
import type { KernelSet } from '../silicon/kernels/kernel-set.ts';
import type { KernelName } from '../silicon/kernels/layouts.ts';
import { kernelGpus, loadKernels, versionsOf } from '../silicon/kernels/load.ts';
import { kernelsNamed } from '../silicon/kernels/name.ts';
import { findModel } from '../silicon/profile/load-cards.ts';
import { printJson } from './json-output.ts';
import { percent } from './profiles-import.ts';

/** What `profiles show kernels` is asked. */
export interface KernelOptions {
	readonly model?: string;
	readonly device?: string;
	readonly tensorParallel?: string;
	readonly expertParallel?: boolean;
	readonly json?: boolean;
}

const TABLES: readonly KernelName[] = [
	...(['gemm', 'prompt-attention', 'decode-attention', 'moe', 'mla-prompt', 'mla-decode'] as const),
	...(['delta-net', 'all-reduce', 'nccl'] as const),
];

/** Kernels of which GPUs there are, in which versions of vLLM. */
export function kernelsThere(): { readonly gpu: string; readonly versions: string[] }[] {
	return kernelGpus().map((gpu) => ({ gpu, versions: versionsOf(gpu) }));
}

/** `gridbeat profiles show kernels`: the tables of a GPU with the errors of interpolation, or the step of a model on it. */
export function showKernels(
	name: string,
	options: KernelOptions,
	print: (text: string) => void,
): void {
	const { device, model } = options;
	if (device === undefined)
		throw new ConfigError(
			`Cannot show profile "${name}" without a GPU: give --device, one of ${kernelGpus().join(', ')}, and --model for the step of a model`,
		);
	const kernels = loadKernels(device, kernelsNamed(name)?.version ?? null);
	const head = { name, device, version: kernels.version };
	if (model === undefined) {
		const tables = tableRows(kernels);
		if (options.json === true) printJson('profile', { profile: { ...head, tables } });
		else print(tableText(tables));
		return;
	}
	const tensorParallel = Number(options.tensorParallel ?? '1');
	if (!Number.isInteger(tensorParallel) || tensorParallel < 1)
		throw new ConfigError(
			`Cannot use --tensor-parallel "${options.tensorParallel}": give a whole number from 1 on`,
		);
	const geometry = findModel(model);
	const cut = { tensorParallel, expertParallel: options.expertParallel === true };
	const operators = stepRows(stepParts(kernels, geometry, cut));
	if (options.json === true) {
		printJson('profile', {
			profile: { ...head, model: geometry.name, tensorParallel, operators },
		});
		return;
	}
	const table = new Table({
		head: ['operator', 'a layer', 'time', 'of'],
		style: { head: [], border: [] },
	});
	for (const { operator, perLayer, evidence, source } of operators)
		table.push([operator, perLayer === 0 ? '' : perLayer.toPrecision(3), evidence, source]);
	print(table.toString());
}

function tableRows(kernels: KernelSet) {
	return TABLES.flatMap((name) =>
		[...kernels.tables(name)].slice(0, 1).map((table) => ({
			table: name,
			source: table.source,
			times: table.logMs.reduce((count, log) => count + (Number.isNaN(log) ? 0 : 1), 0),
			errors: Object.fromEntries(
				leftOutErrors(table).map(({ along, errors }) => [
					along,
					summary(errors, 'each left out, from its neighbours at twice the distance'),
				]),
			),
		})),
	);
}

function tableText(rows: ReturnType<typeof tableRows>): string {
	const table = new Table({
		head: ['kernel', 'times', 'left out along', 'median', 'p95', 'source'],
		style: { head: [], border: [] },
	});
	for (const { table: name, times, source, errors } of rows) {
		const lines = Object.entries(errors);
		const of = (cell: (error: (typeof lines)[number]) => string) => lines.map(cell).join('\n');
		table.push([
			...[name, times, of(([along]) => along), of(([, { median }]) => percent(median))],
			...[of(([, { p95 }]) => percent(p95)), source],
		]);
	}
	return table.toString();
}
