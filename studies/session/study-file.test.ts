import { readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse as parseYaml } from 'yaml';
import { projectFile } from '../../kernel/files/project-file.ts';
import { CapacityFile } from '../capacity/capacity-file.ts';
import { expandDesign } from '../sweep/design.ts';
import { SweepFile } from '../sweep/sweep-file.ts';
import { scenarioAt } from './study-file.ts';

test('every study in docs/sweep.md and docs/capacity-search.md is one', () => {
	for (const [page, schema] of [
		['sweep', SweepFile],
		['capacity-search', CapacityFile],
	] as const) {
		const text = readFileSync(projectFile(`docs/${page}.md`), 'utf8');
		const blocks = [...text.matchAll(/^```yml\n([\s\S]*?)^```$/gm)];
		assert.ok(blocks.length > 0);
		for (const [, block = ''] of blocks) {
			const { base, ...file } = parseYaml(block);
			const parsed = schema.parse({ ...file, base: {} });
			const raw = typeof base === 'string' ? {} : base;
			const source = { raw, folder: '.', file: null, lineOf: () => null };
			for (const { gpus: _, ...point } of expandDesign(parsed, '1')) scenarioAt(source, point);
		}
	}
});

test.run();
