import { writeMetadata } from '../recorder/run-folder.ts';
import { siteLabel, summaryLine } from './metadata.ts';
import type { Plan } from './plan.ts';

/** The folder of a run, and those of its sites if it has several. */
export function foldersOf({ folder, sites }: Plan): string[] {
	return [folder, ...(sites ?? []).map((site) => site.folder)];
}

/**
 * Writes the metadata.yaml of a run with several sites, whose recorders write below `sites/` only. It has a
 * microgrid for each.
 */
export function writeSitesMetadata({ folder, scenario, sites }: Plan): void {
	const [first] = sites ?? [];
	if (sites === null || first === undefined) return;
	const { gridbeat, ...rest } = first.metadata as Record<string, Record<string, unknown>>;
	const names = sites.map(({ frame }) => siteLabel(frame));
	const ofSites = (key: string) => sites.map(({ metadata }) => metadata[key] as object);
	writeMetadata(folder, {
		...rest,
		microgrids: Object.assign({}, ...ofSites('microgrids')),
		gridbeat: {
			...gridbeat,
			sites: names,
			location: names.join(', '),
			summary: sites.map((site, i) => `${names[i]}: ${summaryLine(site.scenario)}`).join('; '),
			sources: ofSites('gridbeat').flatMap((own) => (own as { sources: unknown[] }).sources),
			scenario,
		},
	});
}
