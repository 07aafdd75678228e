import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { AGREEMENT, ROUNDING } from '../protocol/rounding.ts';
import { replicaDefaults, SchedulerConfig } from '../services/replica/config.ts';
import { createRequests } from '../services/replica/engine/request-table.ts';
import { findDevice, findGpuPower } from '../silicon/device.ts';
import { deviceNames, vidurDeviceNames } from '../silicon/profile/load-device-card.ts';

/** Figures that pages state and code decides: the page says what the code has. */

const WORDS = ['zero', 'one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight'];
const page = (path: string) => readFileSync(projectFile(path), 'utf8').replaceAll(/\s+/g, ' ');
const power = (device: string) => findGpuPower('measured', device);
const columns = Object.values(createRequests()).filter(
	(column) => typeof column !== 'number' && column.length > 0,
);

const schedulers = SchedulerConfig.options.map(({ shape }) => shape.type.value);
const examples = readdirSync(projectFile('examples')).filter((name) => name.endsWith('.yaml'));

const STATED: readonly (readonly [path: string, text: string])[] = [
	['docs/results.md', `asserts it to ${AGREEMENT.toExponential()} of the larger side`],
	['docs/results.md', `below ${ROUNDING.toExponential()} of all powers of the step`],
	['docs/models.md', `one of ${WORDS[schedulers.length]} schedulers`],
	[
		'docs/features.md',
		`the schedulers ${schedulers.slice(0, -1).join(', ')} and ${schedulers.at(-1)}`,
	],
	['docs/models.md', `\`pue\` (default ${replicaDefaults.pue},`],
	['docs/models.md', `A100 (${power('a100').powerExponent}, ${power('a100').idleW} W)`],
	['docs/models.md', `H100 (${power('h100').powerExponent}, ${power('h100').idleW} W)`],
	...deviceNames
		.map(findDevice)
		.map(({ name, fp16Tflops, memoryGb, bandwidthGBps }) =>
			vidurDeviceNames.includes(name)
				? (['docs/models.md', `${name.toUpperCase()} ${fp16Tflops}`] as const)
				: ([
						'docs/gpus-and-models.md',
						`\`${name}\` | ${fp16Tflops} | ${memoryGb} | ${bandwidthGBps} |`,
					] as const),
		),
	// The list of free slots is no column.
	['docs/performance.md', `its row of ${columns.length - 1} columns`],
];

test('pages state what the code has', () => {
	for (const [path, text] of STATED) assert.ok(page(path).includes(text), `${path}: ${text}`);
});

/** What is said once, with a link from elsewhere: two pages that both say it drift apart. */
const ONCE: readonly (readonly [pattern: RegExp, home: string])[] = [
	[/(?:1e-9|1e-12) of the (?:larger side|sum of all powers)/, 'docs/results.md'],
	[/202\.84 W/, 'docs/battery.md'],
	[/cut at (?:3\/qps|three times the mean)/, 'docs/requests.md'],
];

test('what two pages once said differently has one home', () => {
	const docs = readdirSync(projectFile('docs')).filter((name) => name.endsWith('.md'));
	for (const [pattern, home] of ONCE) {
		const pages = ['README.md', ...docs.map((name) => `docs/${name}`)];
		assert.equal(
			pages.filter((path) => pattern.test(page(path))),
			[home],
			`${pattern}`,
		);
	}
});

test('README and the pages name examples that are there', () => {
	for (const path of [
		'README.md',
		...readdirSync(projectFile('docs')).map((name) => `docs/${name}`),
	])
		if (path.endsWith('.md'))
			for (const [, name = ''] of page(path).matchAll(/\bexamples\/([\w-]+\.yaml)/g))
				assert.ok(examples.includes(name), `${path}: examples/${name}`);
});

test.run();
