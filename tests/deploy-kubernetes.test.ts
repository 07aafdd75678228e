import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import { projectFile } from '../kernel/files/project-file.ts';
import { checkScenario } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { gridbeat, tempFolder } from './cli.ts';

/** deploy/kubernetes/ against the command line and, where the tools are there, kustomize and the schemas of Kubernetes. */
const FOLDER = 'deploy/kubernetes';
const OVERLAYS = [FOLDER, `${FOLDER}/jobs`];
/** Of Kubernetes; what the manifests use is in all from this one on. */
const OLDEST = '1.29';

interface Container {
	readonly name: string;
	readonly image: string;
	readonly args: readonly string[];
	readonly ports?: readonly { readonly name: string; readonly containerPort: number }[];
	readonly securityContext: Readonly<Record<string, unknown>>;
	readonly resources: { readonly limits: { readonly memory?: string } };
}

interface Pod {
	readonly containers: readonly Container[];
	readonly securityContext: Readonly<Record<string, unknown>>;
	readonly terminationGracePeriodSeconds?: number;
	readonly automountServiceAccountToken?: boolean;
}

interface Manifest {
	readonly kind: string;
	readonly metadata: { readonly name: string };
	readonly spec?: { readonly template?: { readonly spec: Pod } };
}

const read = (path: string) => readFileSync(projectFile(path), 'utf8');
const manifests = OVERLAYS.flatMap((folder) => {
	const { resources } = parse(read(`${folder}/kustomization.yaml`)) as { resources: string[] };
	return resources.flatMap((name) =>
		parseAllDocuments(read(`${folder}/${name}`)).map((one) => one.toJS() as Manifest),
	);
});
const pods = manifests.flatMap(({ metadata, spec }) =>
	spec?.template === undefined ? [] : [{ name: metadata.name, pod: spec.template.spec }],
);
const commandOf = async (name: string) => (await gridbeat([name, '--help'])).stdout;

test('every pod runs as little as it may: not as root, on a file system that it cannot write', () => {
	assert.equal(pods.map(({ name }) => name).sort(), ['coordinator', 'jobs', 'replica']);
	for (const { name, pod } of pods) {
		assert.is(pod.securityContext['runAsNonRoot'], true, name);
		assert.equal(pod.securityContext['seccompProfile'], { type: 'RuntimeDefault' }, name);
		assert.is(pod.automountServiceAccountToken, false, name);
		assert.ok((pod.terminationGracePeriodSeconds ?? 0) >= 60, name);
		for (const { securityContext, resources } of pod.containers) {
			assert.is(securityContext['readOnlyRootFilesystem'], true, name);
			assert.is(securityContext['allowPrivilegeEscalation'], false, name);
			assert.equal(securityContext['capabilities'], { drop: ['ALL'] }, name);
			assert.ok(resources.limits.memory, name);
		}
	}
});

test('every container asks for what the command line has, of the version of the project', async () => {
	const { version } = JSON.parse(read('package.json')) as { version: string };
	for (const folder of OVERLAYS) {
		const { images } = parse(read(`${folder}/kustomization.yaml`)) as {
			images: { name: string; newTag: string }[];
		};
		assert.equal(images, [{ name: 'gridbeat', newTag: version }]);
	}
	for (const { image, args, ports = [] } of pods.flatMap(({ pod }) => pod.containers)) {
		assert.is(image, 'gridbeat');
		const help = await commandOf(args[0] as string);
		for (const flag of args.filter((word) => word.startsWith('--')))
			assert.match(help, new RegExp(`${flag}\\b`), args.join(' '));
		const health = args[args.indexOf('--health') + 1];
		for (const { containerPort } of ports) assert.is(String(containerPort), health);
	}
});

test('the scenario is one, and has a replica fewer than there are workers', async () => {
	const scenario = readScenario(projectFile(`${FOLDER}/scenario.yaml`), new Map());
	await checkScenario(scenario);
	const { spec } = manifests.find(({ metadata }) => metadata.name === 'replica') ?? {};
	const { replicas } = spec as unknown as { replicas: number };
	assert.is(replicas, (scenario.serving?.replicas ?? 0) + 1);
});

test('every file of the folder is used, or explained in README.md', () => {
	const readme = read('deploy/README.md');
	const files = readdirSync(projectFile(FOLDER)).filter((name) => name.endsWith('.yaml'));
	const kustomization = read(`${FOLDER}/kustomization.yaml`);
	for (const name of files.filter((one) => one !== 'kustomization.yaml'))
		assert.ok(kustomization.includes(name) || readme.includes(name), name);
});

const kubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;
const validate = [projectFile('.build/peers/bin/kubernetes-validate'), 'kubernetes-validate'].find(
	(path) =>
		(!path.includes('/') || existsSync(path)) &&
		spawnSync(path, ['--help'], { stdio: 'ignore' }).status === 0,
);
if (!kubectl) process.stdout.write('skipped: no kubectl here to build deploy/kubernetes with\n');
if (validate === undefined)
	process.stdout.write('skipped: no kubernetes-validate here: make peers installs it\n');

for (const folder of kubectl ? OVERLAYS : [])
	test(`${folder} is built by kustomize, and fits the schemas of Kubernetes ${OLDEST}`, () => {
		const built = spawnSync('kubectl', ['kustomize', projectFile(folder)], { encoding: 'utf8' });
		assert.is(built.status, 0, built.stderr);
		const { images } = parse(read(`${folder}/kustomization.yaml`)) as {
			images: { newTag: string }[];
		};
		assert.match(built.stdout, new RegExp(`image: gridbeat:${images[0]?.newTag}\\n`));
		if (validate === undefined) return;
		const path = join(tempFolder(), 'built.yaml');
		writeFileSync(path, built.stdout);
		const checked = spawnSync(validate, ['--strict', '--kubernetes-version', OLDEST, path], {
			encoding: 'utf8',
		});
		assert.is(checked.status, 0, checked.stdout + checked.stderr);
	});

test.run();
