import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { parse, stringify } from 'yaml';
import { gridbeat, tempFolder } from './cli.ts';

/** GPUs of one's own: from measured tables to a run, by the command that the import prints. */
const MODEL = 'meta-llama/Llama-2-7b-hf';
const OPS = [
	'attn_pre_proj',
	'attn_post_proj',
	'attn_rope',
	'mlp_up_proj',
	'mlp_down_proj',
	'mlp_act',
];
const ALL = [...OPS, 'input_layernorm', 'post_attention_layernorm', 'add'];

/** A tree as Vidur's profiler leaves it, of a GPU that does not ship, without network/. */
function tree(): string {
	const folder = tempFolder();
	const compute = join(folder, 'compute', 'l20', MODEL);
	mkdirSync(compute, { recursive: true });
	const rows = (header: string, lines: readonly (readonly (string | number)[])[]) =>
		[header, ...lines.map((line) => line.join(','))].join('\n');
	const cuts = [1, 4];
	writeFileSync(
		join(compute, 'mlp.csv'),
		rows(
			`n_head,n_kv_head,n_embd,n_expanded_embd,num_tensor_parallel_workers,num_tokens,${ALL.map((op) => `time_stats.${op}.median`)}`,
			cuts.flatMap((cut) =>
				[1, 8, 64, 512, 2048].map((n) => [
					32,
					32,
					4096,
					11008,
					cut,
					n,
					...ALL.map(() => 0.01 + n / 20_000 / cut),
				]),
			),
		),
	);
	const caches = [0, 64, 512, 2048];
	writeFileSync(
		join(compute, 'attention.csv'),
		rows(
			'n_embd,n_q_head,n_kv_head,num_tensor_parallel_workers,batch_size,kv_cache_size,prefill_chunk_size,time_stats.attn_decode.median,time_stats.attn_prefill.median',
			cuts.flatMap((cut) => [
				...[1, 8, 64].flatMap((batch) =>
					caches.map((kv) => [4096, 32, 32, cut, batch, kv, 0, 0.01 + (batch * kv) / 5e6, '']),
				),
				...[64, 512, 2048].flatMap((chunk) =>
					caches.map((kv) => [
						4096,
						32,
						32,
						cut,
						1,
						kv,
						chunk,
						'',
						0.01 + (chunk * (chunk / 2 + kv)) / 2e8,
					]),
				),
			]),
		),
	);
	return folder;
}

const TREE = tree();
const SHEET = ['--memory-gb', '48', '--tflops', '181'];
const POWER = ['--idle-w', '35', '--max-w', '350'];

async function imported(args: readonly string[]) {
	const out = join(tempFolder(), 'profile.json');
	const result = await gridbeat([
		'profiles',
		'import',
		TREE,
		'--model',
		MODEL,
		'--out',
		out,
		...args,
	]);
	const lines = result.stdout.trimEnd().split('\n');
	return { ...result, out, command: lines.at(-1)?.split(' ').slice(1) ?? [] };
}

async function refused(args: readonly string[]): Promise<string> {
	const { code, stderr } = await gridbeat(args);
	assert.is(code, 2);
	return stderr;
}

test('an import of a GPU that does not ship makes its card, and the printed command runs', async () => {
	const { code, stderr, out, command } = await imported(['--device', 'l20', ...SHEET, ...POWER]);
	assert.is(code, 0, stderr);
	assert.equal(command.slice(0, 3), ['run', '--model', MODEL]);
	const folder = join(tempFolder(), 'run');
	const run = await gridbeat([...command, '--until', '5min', '--in-process', '--out', folder]);
	assert.is(run.code, 0, run.stderr);
	assert.match(run.stdout, 'Llama-2-7b-hf on L20');
	const { gridbeat: own } = parse(readFileSync(join(folder, 'metadata.yaml'), 'utf8'));
	assert.equal(own.gpus, { device: 'l20', count: 2 });
	const power = own.sources.find(({ what }: { what: string }) => what === 'power of a GPU');
	assert.is(power.label, 'given');
	assert.match(
		power.source,
		/^35 W \+ 315 W .* the device card; its shape is that measured of an A100/,
	);
	// A second import into the same card keeps the first.
	const card = join(out, '..', 'l20.yaml');
	const again = await gridbeat([
		...['profiles', 'import', TREE, '--model', MODEL, '--device', card, '--tensor-parallel', '4'],
		...['--borrow-network', 'a40', '--out', join(out, '..', 'tp4.json')],
	]);
	assert.is(again.code, 0, again.stderr);
	assert.match(
		again.stdout,
		'all_reduce and send_recv borrowed from a40, measured on no such GPU\n',
	);
	assert.equal(
		parse(readFileSync(card, 'utf8')).profiles.map(
			(one: { tensorParallel: number }) => one.tensorParallel,
		),
		[1, 4],
	);
	assert.match(
		JSON.parse(readFileSync(join(out, '..', 'tp4.json'), 'utf8')).source,
		'borrowed from a40',
	);
	const four = again.stdout.trimEnd().split('\n').at(-1)?.split(' ').slice(1) ?? [];
	const second = await gridbeat([
		...four,
		'--until',
		'1min',
		'--in-process',
		'--out',
		join(tempFolder(), 'run'),
	]);
	assert.is(second.code, 0, second.stderr);
});

test('an import refuses what would cost nothing or is not known, saying where it looked and what would do', async () => {
	const args = ['profiles', 'import', TREE, '--model', MODEL];
	assert.match(
		await refused([...args, '--device', 'l20']),
		/^Cannot make a card of GPU "l20": give --memory-gb and --tflops of its data sheet .*, or the path of a card as --device\n$/,
	);
	assert.is(
		await refused([...args, '--device', 'l20', ...SHEET, '--tensor-parallel', '4']),
		`Cannot import for --tensor-parallel 4: there is no all-reduce, looked for as ${join(TREE, 'network/l20_pairwise_nvlink/all_reduce.csv')}; ` +
			'give --network FOLDER, or --borrow-network DEVICE to take that of another GPU\n',
	);
	assert.match(
		await refused([
			...args,
			'--device',
			'l20',
			...SHEET,
			'--tensor-parallel',
			'4',
			'--borrow-network',
			'b200',
		]),
		'Cannot borrow the network of "b200": known are a100:pairwise, ',
	);
});

test('a card without power starts no run, but gridbeat vidur, which tells no energy', async () => {
	const { out, stdout } = await imported(['--device', 'l20', ...SHEET]);
	const card = join(out, '..', 'l20.yaml');
	assert.match(
		stdout,
		`its energy is not known: give ${card} power: {idleW, maxW} before the run\n`,
	);
	const folder = join(tempFolder(), 'run');
	assert.is(
		await refused(['run', '--model', MODEL, '--device', card, '--cap', 'none', '--out', folder]),
		'Cannot tell the power of L20: its card has none, so that no energy would be known; give it power: {idleW, maxW}\n',
	);
	assert.not(existsSync(folder));
	const { code, stderr } = await gridbeat([
		...['vidur', '--replica_config_device', card, '--replica_config_model_name', MODEL],
		...[
			'--synthetic_request_generator_config_num_requests',
			'3',
			'--no-metrics_config_store_plots',
		],
		...['--length_generator_config_type', 'fixed'],
		...['--fixed_request_length_generator_config_max_tokens', '2048'],
		...['--fixed_request_length_generator_config_prefill_tokens', '1000'],
		...['--fixed_request_length_generator_config_decode_tokens', '10'],
		...['--sarathi_scheduler_config_batch_size_cap', '64'],
		...['--metrics_config_output_dir', tempFolder()],
	]);
	assert.is(code, 0, stderr);
	assert.match(stderr, `Latency profile: ${out}`);
});

test('a card is refused by its first wrong key, and takes no name that ships', async () => {
	const path = join(tempFolder(), 'card.yaml');
	const good = { name: 'l20', fp16Tflops: 181, memoryGb: 48, power: { idleW: 35, maxW: 350 } };
	for (const [changes, says] of [
		[{ memoryGb: -1 }, 'memoryGb: '],
		[{ name: 'a100' }, 'name: "a100" is a device that ships with Gridbeat; give another'],
		[{ power: { idleW: 400, maxW: 350 } }, 'power: idleW 400 exceeds maxW 350'],
		[{ colour: 'green' }, 'unknown key "colour"'],
	] as const) {
		writeFileSync(path, stringify({ ...good, ...changes }));
		assert.match(
			await refused(['run', '--device', path, '--cap', 'none']),
			`Cannot use device card "${path}": `,
		);
		assert.match(await refused(['run', '--device', path, '--cap', 'none']), says);
	}
	writeFileSync(path, stringify(good));
	assert.match(
		await refused(['run', '--device', path, '--cap', 'none']),
		/^Cannot find a profile for "meta-llama\/Meta-Llama-3-8B" on "l20" x 1: its card has none; import one/,
	);
});

test.run();
