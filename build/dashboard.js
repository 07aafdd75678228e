import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/**
 * Makes dist/services/gateway/page/: the dashboard, a page with one script and one style sheet, and the licences of the
 * packages in them. It asks for nothing but what stands beside it.
 * Usage: node build/dashboard.js [FOLDER]
 */
const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
const OUT = process.argv[2] ?? join(ROOT, 'dist/services/gateway/page');

/** Packages whose code or data are in the page. */
const PACKAGES = ['lit-html', 'topojson-client', 'uplot', 'world-atlas'];

await build({
	configFile: false,
	root: join(ROOT, 'services/gateway/client'),
	base: './',
	publicDir: false,
	logLevel: 'warn',
	build: {
		outDir: OUT,
		emptyOutDir: true,
		target: 'es2022',
		// Colours of both schemes stand side by side (light-dark), so that a choice of the reader needs no script.
		cssTarget: ['chrome123', 'firefox120', 'safari17.5'],
		assetsInlineLimit: 0,
		modulePreload: false,
		reportCompressedSize: false,
		rolldownOptions: {
			output: {
				entryFileNames: 'assets/main.js',
				assetFileNames: 'assets/[name][extname]',
				codeSplitting: false,
			},
		},
	},
});
const licenses = PACKAGES.map((name) => {
	const folder = join(ROOT, 'node_modules', name);
	const { version, license } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
	return `${name} ${version} (${license})\n\n${readFileSync(join(folder, 'LICENSE'), 'utf8').trim()}\n`;
});
writeFileSync(join(OUT, 'assets/licenses.txt'), licenses.join(`\n${'-'.repeat(80)}\n\n`));
