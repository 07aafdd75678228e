import { compare, type Difference, energyKwh, quantities } from './compare.ts';
import type { Experiment } from './experiment.ts';
import type { Outcome } from './run-experiment.ts';

/** An experiment with what it came to under each profile. */
export interface Result {
	readonly experiment: Experiment;
	readonly reproduction: Outcome;
	readonly default: Outcome;
}

/** PUE of the region that the publication takes (california). */
const PUE = 1.2;

/** docs/vidur-energy-experiments.md: every published row, ours, and the difference. */
export function experimentsPage(results: readonly Result[]): string {
	const parts = ['1', '3', '5'].map((number) => {
		const own = results.filter(({ experiment }) => experiment.experiment === number);
		return `## Experiment ${number}\n\n${INTRODUCTIONS[number]}\n\n${rowsOf(own).join('\n')}\n`;
	});
	return `${HEAD}\n${summary(results)}\n\n${NOTES}\n${parts.join('\n')}`;
}

const HEAD = `# Vidur-Energy's experiments

What the paper of Vidur-Energy (arXiv 2507.11417) published of its experiments 1, 3 and 5, and what Gridbeat gives for the
same command lines. Published figures are facts from the results stored with its code (ozcanmiraay/vidur-energy, branch
\`experiments\`, a132da7); they stand in \`profiling-data/vidur-energy-experiments.csv\`. This page is made by

\`\`\`sh
npx gridbeat experiments vidur-energy --markdown docs/vidur-energy-experiments.md
\`\`\`

which runs every row twice, with the \`-reproduction\` profile of its model and with the default one, under
\`compatibility: 'vidur'\`, in minutes. A table in the terminal, also of experiments 2 and 4, whose results stand in the notebooks beside its code and are not
compared here:

\`\`\`sh
npx gridbeat experiments vidur-energy --exp 3
npx gridbeat experiments vidur-energy --exp 2 4 --csv
\`\`\`

\`--table FILE\` takes experiments of your own, in a CSV file with the columns of ours; \`--json\` has all figures in full.

## Result

Largest (mean) absolute differences from the publication, in percent:
`;

const NOTES = `No row with the \`-reproduction\` profile is off by more than 6 %. Nothing was fitted to the published runs, but that the
kernel pads phi-2's heads was inferred beside them ([README](../profiling-data/README.md)). Published draft and final runs of
the same settings differ by up to 0.4 % in time and 0.3 % in power, which is the floor. The attention of Llama-3-8B and
Llama-2-7B was sampled, that of Llama-2-70B is there in full; of the other models it is extrapolated, which is what
they are off by. Agreement with Vidur is no accuracy against a real GPU.

**Profiles.** \`-reproduction\` keeps what Vidur's profiling and regression add: the time of writing keys and values that
FlashInfer's profiling shows for prompts (Llama-3: 19 % of a layer at 4,096 tokens), steps blurred as a random forest blurs
them, and no growth beyond the longest measured batch. The default profile leaves these out, since no GPU has them:
Llama-3-8B with long prompts is then up to a sixth faster than published where its queue is never empty, with more MFU and
less power, since a smaller part of the time goes to prompts, which draw the most.

**Columns.** Power: of one GPU, weighted by time from the first arrival to the last completion, idle time at 100 W, mean
over the pipeline stages. Time: until the last completion. MFU: weighted like power, idle time as 0, over 312 * 2^40
operations a second as in Vidur, which reads 9 % lower than over the maker's 312 * 10^12 (the default of \`gridbeat run\`).
Energy: power times GPU-hours times a PUE of 1.2, on both sides; the energy that the paper prints is 400 W times
GPU-hours times PUE, since its code hands percent to a function of fractions. \`~\` marks an MFU that was not printed but
read off a figure (within 0.05 percentage points) or solved from others. \`default\` are the differences with the default
profile.
`;

const INTRODUCTIONS: Readonly<Record<string, string>> = {
	'1': 'Eight models, 256 to 65,536 requests at 6.45 a second, 512 KV blocks, batches of up to 128. Lengths: `short` is Zipf 16 to 4,096, theta 1.1, a third of it prompt; `long` is Zipf 1,024 to 4,096, theta 0.6, 20 parts prompt to one of answer.',
	'3': 'Llama-3-8B, 1,024 requests of `long` lengths at 6.45 a second, batches capped. Mean and standard deviation of the batch size agree to 1e-9 in all rows: they hang on the order of requests alone.',
	'5': 'CodeLlama-34B, 1,024 requests of 2,048 + 512 tokens at 6.45 a second, cut over up to 16 GPUs. More than four GPUs are several nodes, where sending to the next stage takes tens of times as long.',
};

const COLUMNS =
	'power W | ours | % | time s | ours | % | MFU % | ours | % | energy kWh | ours | default: power % | time % | MFU % |';

function rowsOf(results: readonly Result[]): string[] {
	const by = results[0]?.experiment.experiment;
	const key = by === '1' ? 'requests' : by === '3' ? 'batch cap' : 'TP x PP';
	const head = by === '1' ? `| model | lengths | ${key} |` : `| ${key} |`;
	const cells = `${head} ${COLUMNS}`;
	const rule = cells.replaceAll(/[^|]+/g, '---');
	return [cells, rule, ...results.map((result) => row(result))];
}

function row(result: Result): string {
	const { experiment, reproduction } = result;
	const { power, time, mfu } = compare(experiment, reproduction);
	const physical = compare(experiment, result.default);
	const isRead = experiment.published.mfuSource !== 'printed' && mfu.published !== null;
	const energy = (watts: number | null, seconds: number | null) =>
		watts === null || seconds === null
			? ''
			: (PUE * energyKwh(experiment, watts, seconds)).toPrecision(4);
	const cells = [
		...names(experiment),
		...figures(power, 2),
		...figures(time, 1),
		...figures(mfu, 2).map((cell, i) => (i === 0 && isRead ? `~${cell}` : cell)),
		energy(power.published, time.published),
		energy(power.ours, time.ours),
		...quantities.map((one) => percent(physical[one].relative)),
	];
	return `| ${cells.join(' | ')} |`;
}

function names({ experiment, model, lengths, requests, ...one }: Experiment): string[] {
	if (experiment === '3') return [String(one.batchSizeCap)];
	if (experiment === '5') return [`${one.tensorParallel} x ${one.pipelineStages}`];
	const isShort = lengths.type === 'zipf' && lengths.theta > 1;
	return [shortName(model), isShort ? 'short' : 'long', String(requests)];
}

function shortName(model: string): string {
	return model.replace(/^.*\//, '').replace(/-(hf|Instruct-hf)$/, '');
}

function figures({ published, ours, relative }: Difference, digits: number): string[] {
	return [
		published === null ? '' : published.toFixed(digits),
		ours.toFixed(digits),
		percent(relative),
	];
}

function percent(relative: number | null): string {
	return relative === null ? '' : (100 * relative).toFixed(2).replace(/^-(0\.00)$/, '$1');
}

/** The largest and mean differences of each model in each experiment, under both profiles. */
function summary(results: readonly Result[]): string {
	const groups = new Map<string, Result[]>();
	for (const result of results) {
		const { experiment, model } = result.experiment;
		if (result.experiment.published.powerW === null) continue;
		const key = `${experiment} | ${shortName(model)}`;
		groups.set(key, [...(groups.get(key) ?? []), result]);
	}
	const lines = [...groups].map(([key, own]) => {
		const of = (flavour: 'reproduction' | 'default') =>
			quantities.map((one) => {
				const all = own.flatMap((result) => {
					const { relative } = compare(result.experiment, result[flavour])[one];
					return relative === null ? [] : [100 * Math.abs(relative)];
				});
				const mean = all.reduce((sum, value) => sum + value, 0) / all.length;
				return `${Math.max(...all).toFixed(2)} (${mean.toFixed(2)})`;
			});
		return `| ${[key, own.length, ...of('reproduction'), ...of('default')].join(' | ')} |`;
	});
	return [
		'| experiment | model | rows | power | time | MFU | default profile: power | time | MFU |',
		'|---|---|---|---|---|---|---|---|---|',
		...lines,
	].join('\n');
}
