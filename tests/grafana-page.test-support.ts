import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { projectFile } from '../kernel/files/project-file.ts';
import { tempFolder } from './cli.ts';

/** A page of Grafana, as far as tests look into it. */
export interface GrafanaPage {
	readonly title: string;
	readonly uid: string;
	readonly panels: readonly GrafanaPanel[];
	readonly templating?: { readonly list: readonly { readonly query: string }[] };
}

interface GrafanaPanel {
	readonly title: string;
	readonly type: string;
	readonly datasource?: { readonly uid: string };
	readonly targets?: readonly { readonly expr: string }[];
}

/** Reads a page of deploy/monitoring/. */
export function readPage(file: string): GrafanaPage {
	return JSON.parse(readFileSync(projectFile(`deploy/monitoring/${file}`), 'utf8')) as GrafanaPage;
}

/** Panels of ours, and where Grafana says what their options are. */
const PANELS: Readonly<Record<string, string>> = {
	timeseries: 'timeseries/panelcfg/x/TimeSeriesPanelCfg_types.gen',
	stat: 'stat/panelcfg/x/StatPanelCfg_types.gen',
};

/**
 * What the types of Grafana's schema (@grafana/schema) have against a page, one line each: keys that it does not know, values
 * that it does not take. They are types of programs; as JSON has it, a choice of texts is a text.
 */
export function faultsOf(page: GrafanaPage): string[] {
	const panels = page.panels.map((panel) => {
		if (panel.type === 'row') return `json<RowPanel>(${JSON.stringify(panel)})`;
		if (PANELS[panel.type] === undefined) throw new Error(`no schema of panels "${panel.type}"`);
		// Panels without axes have no fields of their own.
		const fields = panel.type === 'timeseries' ? 'timeseries.FieldConfig' : 'object';
		const types = `Panel<${panel.type}.Options, ${fields}>`;
		return `json<${types}>(${JSON.stringify(panel)})`;
	});
	const source = `
import type { Dashboard, DataQuery, Panel, RowPanel } from '@grafana/schema';
${Object.entries(PANELS)
	.map(
		([name, path]) =>
			`import type * as ${name} from '@grafana/schema/dist/esm/raw/composable/${path}';`,
	)
	.join('\n')}
type Json<T> = T extends string ? \`\${T}\`
	: T extends readonly (infer Item)[] ? readonly Json<Item>[]
	: T extends object ? { readonly [Key in keyof T]: Json<T[Key]> } : T;
type Typed<T> = Json<Omit<T, 'targets' | 'options' | 'fieldConfig'>> & Rest<T>;
type Rest<T> = T extends Panel<infer Options, infer Custom> ? {
	options?: Partial<Json<Options>>;
	fieldConfig: { defaults: { unit?: string; min?: number; max?: number; decimals?: number; custom?: Json<Custom> };
		overrides: readonly { matcher: { id: string; options: string }; properties: readonly { id: string; value: unknown }[] }[] };
	targets: readonly (Json<Pick<DataQuery, 'refId' | 'hide'>> & { expr: string; legendFormat: string; datasource?: { type: 'prometheus'; uid: string } })[];
} : {};
function json<T>(panel: T extends RowPanel ? Json<T> : Typed<T>): void { void panel; }
const page: Json<Omit<Dashboard, 'panels'>> = ${JSON.stringify({ ...page, panels: undefined })};
void page;
${panels.join(';\n')};
`;
	return typeErrors(source);
}

/** What the compiler says of a source, in a folder of its own that has the schema. */
function typeErrors(source: string): string[] {
	const folder = tempFolder();
	mkdirSync(join(folder, 'node_modules'));
	symlinkSync(projectFile('node_modules/@grafana'), join(folder, 'node_modules/@grafana'));
	writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
	writeFileSync(join(folder, 'page.ts'), source);
	const tsc = projectFile('node_modules/typescript/bin/tsc');
	const flags = ['--noEmit', '--strict', '--skipLibCheck', '--pretty', 'false', '--types', ''];
	const modules = ['--target', 'es2023', '--module', 'esnext', '--moduleResolution', 'bundler'];
	const { stdout } = spawnSync(process.execPath, [tsc, ...flags, ...modules, 'page.ts'], {
		...{ cwd: folder, encoding: 'utf8' },
	});
	return stdout.split('\n').filter((line) => line !== '');
}
