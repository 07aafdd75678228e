import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, parseAllDocuments } from 'yaml';
import * as z from 'zod';
import { accessTo } from '../kernel/bus/nats-access.ts';
import { connectNats } from '../kernel/bus/nats-bus.ts';
import { projectFile } from '../kernel/files/project-file.ts';
import { natsBinaryForTests } from '../kernel/nats-server/nats-binary-for-tests.ts';
import { checkScenario } from '../run/make-plan.ts';
import { readScenario } from '../run/resolve/scenario-file.ts';
import { eventually, gridbeat, startTestServer, tempFolder } from './cli.ts';

/** deploy/kubernetes/ against the command line and, where the tools are there, kustomize and the schemas of Kubernetes. */
const FOLDER = 'deploy/kubernetes';
const KEDA = `${FOLDER}/jobs-keda`;
const OVERLAYS = [FOLDER, `${FOLDER}/jobs`, KEDA];
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
	return resources
		.filter((name) => name.endsWith('.yaml'))
		.flatMap((name) =>
			parseAllDocuments(read(`${folder}/${name}`)).map((one) => one.toJS() as Manifest),
		);
});
const pods = manifests.flatMap(({ metadata, spec }) =>
	spec?.template === undefined ? [] : [{ name: metadata.name, pod: spec.template.spec }],
);
const commandOf = async (name: string) => (await gridbeat([name, '--help-all'])).stdout;

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
		const told = ['--health', '--serve'].map((flag) => args[args.indexOf(flag) + 1] ?? '');
		for (const { containerPort } of ports)
			assert.ok(
				told.some((at) => at.split(':').at(-1) === String(containerPort)),
				args.join(' '),
			);
	}
});

test('the scenario is one, and has a replica fewer than there are workers', async () => {
	const scenario = readScenario(projectFile(`${FOLDER}/scenario.yaml`), new Map());
	await checkScenario(scenario);
	const { spec } = manifests.find(({ metadata }) => metadata.name === 'replica') ?? {};
	const { replicas } = spec as unknown as { replicas: number };
	assert.is(replicas, (scenario.serving?.replicas ?? 0) + 1);
});

interface Probed {
	readonly ports: readonly { readonly name: string }[];
	readonly [probe: `${string}Probe`]: { readonly httpGet: { path: string; port: string } };
}

test('the coordinator serves its API by a Service, is probed where no token is asked for, and scraped with it', () => {
	const find = (kind: string, name: string) => {
		const found = manifests.find((one) => one.kind === kind && one.metadata.name === name);
		assert.ok(found, `${kind} ${name}`);
		return found as unknown as { metadata: { labels?: object }; spec: Record<string, unknown> };
	};
	const { pod } = pods.find(({ name }) => name === 'coordinator') as (typeof pods)[number];
	const [container] = pod.containers as unknown as readonly [Probed];
	const names = container.ports.map(({ name }) => name);
	for (const probe of ['startupProbe', 'livenessProbe', 'readinessProbe'] as const)
		assert.equal(container[probe]?.httpGet, { path: '/health', port: 'api' });
	const service = find('Service', 'coordinator');
	const [port] = service.spec['ports'] as [{ name: string; port: number; targetPort: string }];
	assert.ok(names.includes(port.targetPort));
	const job = find('Job', 'coordinator').spec['template'] as { metadata: { labels: object } };
	assert.equal(service.spec['selector'], job.metadata.labels);
	const { metadata, spec } = ServiceMonitor.parse(
		parse(read(`${FOLDER}/prometheus/service-monitor.yaml`)),
	);
	assert.is(metadata.namespace, parse(read(`${FOLDER}/kustomization.yaml`)).namespace);
	assert.equal(spec.selector.matchLabels, service.metadata.labels);
	assert.is(spec.endpoints[0].port, port.name);
	const policy = find('NetworkPolicy', 'api').spec;
	assert.equal(policy['podSelector'], { matchLabels: job.metadata.labels });
	const [rule] = policy['ingress'] as [{ ports: [{ port: string }] }];
	assert.ok(names.includes(rule.ports[0].port));
	// The key that all of it takes the token from is made where README.md makes the secret.
	const { key } = spec.endpoints[0].authorization.credentials;
	assert.ok(read('deploy/README.md').includes(`--from-literal=${key}=`));
});

/** As https://prometheus-operator.dev/docs/api-reference/api/ has it, as far as we use it. */
const ServiceMonitor = z.strictObject({
	apiVersion: z.literal('monitoring.coreos.com/v1'),
	kind: z.literal('ServiceMonitor'),
	metadata: z.strictObject({ name: z.string(), namespace: z.string() }),
	spec: z.strictObject({
		selector: z.strictObject({ matchLabels: z.record(z.string(), z.string()) }),
		endpoints: z.tuple([
			z.strictObject({
				port: z.string(),
				path: z.literal('/metrics'),
				interval: z.string().regex(/^\d+s$/),
				scrapeTimeout: z.string().regex(/^\d+s$/),
				authorization: z.strictObject({
					credentials: z.strictObject({ name: z.literal('gridbeat'), key: z.string() }),
				}),
			}),
		]),
	}),
});

test('every file of the folder is used, or explained in README.md', () => {
	const readme = read('deploy/README.md');
	const files = readdirSync(projectFile(FOLDER)).filter((name) => name.endsWith('.yaml'));
	const kustomization = read(`${FOLDER}/kustomization.yaml`);
	for (const name of files.filter((one) => one !== 'kustomization.yaml'))
		assert.ok(kustomization.includes(name) || readme.includes(name), name);
});

/** As https://keda.sh/docs/2.20/reference/scaledobject-spec/ and …/scalers/metrics-api/ have it, as far as we use it. */
const ScaledObject = z.strictObject({
	apiVersion: z.literal('keda.sh/v1alpha1'),
	kind: z.literal('ScaledObject'),
	metadata: z.strictObject({ name: z.string() }),
	spec: z.strictObject({
		scaleTargetRef: z.strictObject({
			...{ apiVersion: z.string(), kind: z.string(), name: z.string() },
		}),
		pollingInterval: z.int().positive(),
		cooldownPeriod: z.int().positive(),
		minReplicaCount: z.int().nonnegative(),
		maxReplicaCount: z.int().positive(),
		advanced: z.strictObject({
			horizontalPodAutoscalerConfig: z.strictObject({
				behavior: z.strictObject({
					scaleDown: z.strictObject({ stabilizationWindowSeconds: z.int() }),
				}),
			}),
		}),
		triggers: z.tuple([
			z.strictObject({
				type: z.literal('metrics-api'),
				metricType: z.enum(['AverageValue', 'Value']),
				metadata: z.strictObject({
					url: z.url(),
					format: z.literal('json'),
					valueLocation: z.string(),
					targetValue: z.string().regex(/^\d+(\.\d+)?$/),
				}),
			}),
		]),
	}),
});
const scaled = () => ScaledObject.parse(parse(read(`${KEDA}/scaled-object.yaml`)));

/** What a path of GJSON finds, with names and `#(name=="…")` only. */
function gjson(json: unknown, path: string): unknown {
	let found = json;
	for (const [, query, name = ''] of path.matchAll(/#\(name=="([^"]+)"\)|([^.]+)/g))
		found =
			query === undefined
				? (found as Record<string, unknown> | undefined)?.[name]
				: (found as { name: string }[] | undefined)?.find((one) => one.name === query);
	return found;
}

test('KEDA scales the workers of jobs, by fields that it has', () => {
	const { spec } = scaled();
	const jobs = manifests.find(
		({ kind, metadata }) => kind === spec.scaleTargetRef.kind && metadata.name === 'jobs',
	);
	assert.is(spec.scaleTargetRef.name, jobs?.metadata.name);
});

const binary = await natsBinaryForTests();
if (binary !== null)
	test('KEDA reads from the server how many jobs there are: those that wait and those at work', async () => {
		const server = await startTestServer(binary, { jetStream: true });
		const bus = await connectNats(accessTo(server.url), 'test');
		try {
			const { url, valueLocation } = scaled().spec.triggers[0].metadata;
			const { pathname, search } = new URL(url);
			const jobs = async () => {
				const response = await fetch(`${server.monitorUrl}${pathname}${search}`);
				return gjson(await response.json(), valueLocation);
			};
			assert.is(await jobs(), undefined);
			const options = { about: 'test', silenceMs: 60_000, deliveriesMax: 4 };
			const [one, other] = [await bus.openQueue('a', options), await bus.openQueue('b', options)];
			for (const name of ['x', 'y']) await one.put(name, Uint8Array.of(1));
			await other.put('z', Uint8Array.of(1));
			assert.is(await jobs(), 3);
			const taken = await one.take(10_000);
			assert.is(await jobs(), 3);
			await taken?.done();
			await eventually('a job less', async () => ((await jobs()) === 2 ? true : null));
		} finally {
			await bus.close();
			await server.stop();
		}
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
		// Of KEDA there is no schema here.
		const ofKubernetes = parseAllDocuments(built.stdout).filter(
			(one) => !String(one.get('apiVersion')).startsWith('keda.sh/'),
		);
		writeFileSync(path, ofKubernetes.map(String).join('---\n'));
		assert.is(built.stdout.includes('kind: HorizontalPodAutoscaler'), folder === `${FOLDER}/jobs`);
		const checked = spawnSync(validate, ['--strict', '--kubernetes-version', OLDEST, path], {
			encoding: 'utf8',
		});
		assert.is(checked.status, 0, checked.stdout + checked.stderr);
	});

test.run();
