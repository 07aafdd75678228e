import { distinct } from '../../protocol/remark.ts';
import { makeRunFolder, writeMetadata } from '../../services/recorder/run-folder.ts';
import { siteLabel, summaryLine } from './metadata.ts';
import type { Plan } from './plan.ts';

/** The folder of a run, and those of its sites if it has several. */
export function foldersOf({ folder, sites }: Pick<Plan, 'folder' | 'sites'>): string[] {
	return [folder, ...(sites ?? []).map((site) => site.folder)];
}

/**
 * Makes the folder of a run with several sites and writes its metadata.yaml, with a microgrid for each: recorders
 * write below `sites/` only. With one site that is the recorder's business.
 */
export function beginSites({ folder, scenario, sites }: Plan): void {
	const [first] = sites ?? [];
	if (sites === null || first === undefined) return;
	makeRunFolder(folder);
	const { gridbeat, ...rest } = first.metadata;
	const all = sites.flatMap(({ metadata }) => metadata.gridbeat?.remarks ?? []);
	const remarks = distinct(all);
	const names = sites.map(({ frame }) => siteLabel(frame));
	writeMetadata(folder, {
		...rest,
		microgrids: Object.assign({}, ...sites.map(({ metadata }) => metadata.microgrids)),
		gridbeat: {
			...gridbeat,
			sites: names,
			location: names.join(', '),
			summary: sites.map((site, i) => `${names[i]}: ${summaryLine(site.scenario)}`).join('; '),
			sources: sites.flatMap(({ metadata }) => metadata.gridbeat?.sources ?? []),
			...(remarks.length === 0 ? {} : { remarks }),
			scenario,
		},
	});
}
