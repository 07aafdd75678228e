import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { projectFile } from '../kernel/files/project-file.ts';
import { gridbeat } from './cli.ts';
import { readCompose } from './deploy.test-support.ts';

/** Every command of deploy/README.md: run as far as it can be without Docker, a registry and a Kubernetes cluster. */
const PAGE = readFileSync(projectFile('deploy/README.md'), 'utf8');

/** Lines of indented blocks, with those that go on joined, and without comments. */
const LINES = PAGE.replaceAll(/ \\\n +/g, ' ')
	.split('\n')
	.filter((line) => line.startsWith('    '))
	.map((line) => line.trim().replace(/ +# .*$/, ''));

/** Such as `A=$(b) C=d make up`: with words of ours for what the shell would compute, without what is set before it. */
const COMMANDS = LINES.map((line) => line.replaceAll(/\$\([^)]*\)/g, 'x'.repeat(32)))
	.flatMap((line) => line.split(' && '))
	.map((line) => line.replace(/^\(|\)$/g, '').replace(/^(?:[A-Z_]+=\S+ )+/, ''))
	.filter((line) => !/^[A-Z_]+=/.test(line));

const hasKubectl = spawnSync('kubectl', ['version', '--client'], { stdio: 'ignore' }).status === 0;

function succeeds(command: string, args: readonly string[]): void {
	const { status, stderr } = spawnSync(command, args, {
		cwd: projectFile('.'),
		encoding: 'utf8',
	});
	assert.is(status, 0, `${command} ${args.join(' ')}\n${stderr}`);
}

const wordsOf = (line: string) => line.split(/ +/);

const RULES: readonly [pattern: RegExp, check: (line: string) => void | Promise<void>][] = [
	[/^make (up|scale|down|worker)\b/, (line) => succeeds('make', ['-n', ...wordsOf(line).slice(1)])],
	[
		/^docker compose -f deploy\/compose\.yaml (up|logs|exec) /,
		(line) => {
			const { services } = readCompose({});
			const [, named = ''] = / (?:--follow|exec) (\w+)| --scale (\w+)=/.exec(line) ?? [];
			const [, scaled = named] = / --scale (\w+)=/.exec(line) ?? [];
			assert.ok(services[scaled] !== undefined, line);
		},
	],
	[
		/^docker run /,
		async (line) => {
			const [, words = ''] = / gridbeat:\S+ (.+) --nats nats:\/\/LEADER:4222$/.exec(line) ?? [];
			const { code, stderr } = await gridbeat([
				...words.split(' '),
				'--nats',
				'nats://127.0.0.1:1',
			]);
			assert.is(code, 2);
			assert.match(stderr, /^Cannot reach the NATS server/);
		},
	],
	[/^docker build -f (\S+) -t \S+ \.$/, (line) => isThere(wordsOf(line)[3])],
	[/^docker push \S+$/, () => {}],
	[/^cd deploy\/kubernetes$/, () => isThere('deploy/kubernetes')],
	[/^kustomize edit set image gridbeat=/, () => {}],
	[/^kubectl apply -f /, (line) => isThere(line.split(' ').at(-1))],
	[
		/^kubectl apply -k /,
		(line) => {
			isThere(`${line.split(' ').at(-1)}/kustomization.yaml`);
			if (hasKubectl) succeeds('kubectl', ['kustomize', line.split(' ').at(-1) ?? '']);
		},
	],
	[
		/^kubectl --namespace gridbeat create secret generic gridbeat /,
		(line) => {
			const keys = [...line.matchAll(/--from-literal=(\w+)=/g)].map(([, key]) => key);
			assert.equal(keys, ['GRIDBEAT_JOIN_KEY', 'GRIDBEAT_TOKEN', 'NATS_USER', 'NATS_PASSWORD']);
			const args = [...wordsOf(line).slice(1), '--dry-run=client', '--output=yaml'];
			if (hasKubectl) succeeds('kubectl', args);
		},
	],
	[/^kubectl --namespace gridbeat logs --follow job\/coordinator$/, () => {}],
	[
		/^kubectl --namespace gridbeat port-forward service\/coordinator 8700$/,
		() => {
			const service = readFileSync(projectFile('deploy/kubernetes/api.yaml'), 'utf8');
			assert.match(service, /name: coordinator\n/);
			assert.match(service, /port: 8700\n/);
		},
	],
	[
		/^kubectl --namespace gridbeat get secret gridbeat --output jsonpath='\{\.data\.GRIDBEAT_TOKEN\}' \| base64 --decode$/,
		() => {},
	],
	[/^helm repo add nats https:\/\/nats-io\.github\.io\/k8s\/helm\/charts\/$/, () => {}],
	[
		/^helm install nats nats\/nats .*--values (\S+) /,
		(line) => isThere(/--values (\S+)/.exec(line)?.[1]),
	],
	[/^export [A-Z_]+=/, () => {}],
	[/^systemctl (daemon-reload|enable --now gridbeat-worker@1 gridbeat-worker@2)$/, () => {}],
	[/^journalctl --follow --unit 'gridbeat-worker@\*'$/, () => {}],
];

function isThere(path: string | undefined): void {
	assert.ok(path !== undefined && existsSync(projectFile(path)), path);
}

test('deploy/README.md has the commands that it is about', () => {
	assert.ok(COMMANDS.length >= 20, COMMANDS.join('\n'));
});

for (const command of new Set(COMMANDS))
	test(`deploy/README.md: ${command}`, async () => {
		const rule = RULES.find(([pattern]) => pattern.test(command));
		assert.ok(rule !== undefined, 'no rule says how this is checked');
		await rule?.[1](command);
	});

test('variables that deploy/README.md sets are those of compose.yaml', () => {
	const compose = readFileSync(projectFile('deploy/compose.yaml'), 'utf8');
	const makefile = readFileSync(projectFile('Makefile'), 'utf8');
	const names = LINES.flatMap((line) =>
		[...line.matchAll(/(?:^|export | )([A-Z_]{4,})=/g)].map(([, name]) => name as string),
	);
	for (const name of new Set(names))
		assert.ok(
			compose.includes(`{${name}`) ||
				makefile.includes(name) ||
				/^(COMPOSE_PROFILES|NATS_(URL|USER|PASSWORD))$/.test(name),
			name,
		);
});

test.run();
