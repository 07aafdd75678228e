import type { Law } from './import-laws.ts';

/**
 * The laws of the house (ARCHITECTURE.md): who may import whom and what. Each names a wing or a folder by glob, so that a
 * new file is under it from the start; what is allowed beyond is allowed by file, with a reason. Tests of a wing may import
 * what its sources may not, but nothing above it.
 */

/** From the bottom to the top. A wing imports those before its level; those of one level do not know each other. */
export const WINGS: readonly (readonly string[])[] = [
	['protocol'],
	['kernel'],
	['silicon', 'feeds'],
	['services'],
	['results'],
	['run'],
	['studies', 'vidur'],
	['cli'],
	['tests'],
	['bench'],
];

const SPAWNED = 'its tests start the real command, with the helpers of the tests of whole runs';

/** The wings with the code of the program. What cannot import this list is held to it by wings.test.ts. */
export const CODE_WINGS: readonly string[] = WINGS.flat().filter(
	(wing) => wing !== 'tests' && wing !== 'bench',
);

/** Arrows that point up, and why. */
export const ARROWS_UP: Readonly<Record<string, string>> = {
	'cli/cosim-command.test.ts -> tests/cli.ts': SPAWNED,
	'cli/experiments-command.test.ts -> tests/cli.ts': SPAWNED,
	'cli/weather-command.test.ts -> tests/cli.ts': SPAWNED,
};

/** Libraries that compute and do nothing else. */
const PURE = ['zod', 'luxon', 'suncalc', 'csv-parse/sync', 'xstate', '@datadog/sketches-js'];

/** What reads data for a model: the only part of it that knows files. */
const READERS = [
	'kernel/files/{input-bytes,input-file,project-file,file-stamp}.ts',
	'node:{fs,path,zlib}',
	'yaml',
] as const;

const SERVICES: Law = {
	of: ['services/*/**'],
	may: [
		...['./**', 'protocol/**', 'kernel/actor/{contract,random}.ts', 'silicon/**'],
		// How an actor follows a feed has one form.
		'services/following.ts',
		...['feeds/{signal,sky,weather}/**', 'feeds/grid/{grid-values,limits,reader}.ts', ...PURE],
	],
	instead:
		'a port of protocol/ports.ts, kernel/actor/contract.ts, feeds/, silicon/ or its load.ts: a model knows no other model, no bus and no file',
	except: [
		{
			of: ['services/*/main.ts'],
			may: ['services/kinds.ts', 'kernel/host/process.ts'],
			why: 'the process around a kind',
		},
		{
			of: ['services/*/declaration.ts'],
			may: ['services/declaration.ts'],
			why: 'what a kind says of itself has one form',
		},
		{
			of: ['services/own/load.ts'],
			may: ['kernel/files/module-hash.ts', 'node:{path,url}'],
			why: 'loads the module of a kind of the user’s own, before the first step',
		},
		{
			of: ['services/{carbon,router,solar,wind}/load.ts'],
			may: READERS,
			why: 'reads the tables that ship with the project',
		},
		{
			of: ['services/router/fit-lengths.ts', 'services/solar/make-cloud-statistics.ts'],
			may: READERS,
			why: 'a script that makes a table that ships',
		},
		{
			of: ['services/gateway/client/**'],
			may: [
				...['lit-html', 'lit-html/**', 'uplot', 'topojson-client', 'topojson-specification'],
				'world-atlas/land-110m.json',
			],
			why: 'draws in a browser, where it is a page of its own',
		},
		{
			of: ['services/controller/policy-sandbox.ts'],
			may: ['node:vm'],
			why: 'gives a policy of the user a world without time, chance and files',
		},
		{
			of: ['services/controller/policy-{thread,worker}.ts'],
			may: ['kernel/files/project-file.ts', 'node:worker_threads'],
			why: 'a policy of the user runs in a thread, so that one that never returns can be given up',
		},
		{
			of: ['services/coordinator/**'],
			may: [
				'kernel/bus/{bus,counts,keys,seal,sealed-bus,store}.ts',
				'kernel/actor/{graph,moment-name}.ts',
			],
			why: 'it grants and hears of hosts by messages, and knows no model and no file',
		},
		{
			of: ['services/gateway/**'],
			may: ['fastify', 'fastify-type-provider-zod', '@fastify/{rate-limit,swagger}'],
			why: 'the HTTP server in front of runs; it knows them by runs-host.ts alone',
		},
		{
			of: ['services/gateway/http/metrics.ts'],
			may: ['prom-client'],
			why: 'measures its own process',
		},
		{
			of: ['services/gateway/http/dashboard.ts'],
			may: ['@fastify/static', 'node:{fs,path}'],
			why: 'serves the files of the dashboard',
		},
		{
			of: ['services/gateway/http/guard.ts'],
			may: ['node:crypto'],
			why: 'compares tokens',
		},
		{
			of: ['services/gateway/http/events.ts'],
			may: ['node:http'],
			why: 'writes a stream of events by itself',
		},
		{
			of: ['services/gateway/openai/tokenizer.ts'],
			may: ['gpt-tokenizer/**'],
			why: 'counts the tokens of texts',
		},
		{
			of: ['services/gateway/openai/stream.ts'],
			may: ['node:stream'],
			why: 'answers token by token',
		},
		{
			of: ['services/gateway/openai/arrival-log.ts'],
			may: ['kernel/files/line-log.ts'],
			why: 'logs what comes from outside before it acts',
		},
		{
			of: ['services/recorder/**'],
			may: ['kernel/files/**', 'node:path'],
			why: 'names files and hands whole ones over to be written',
		},
		{
			of: [
				'services/recorder/{run-folder,run-file,run-files,recording-folder,commits,end-sums,recover}.ts',
			],
			may: ['node:fs', 'yaml'],
			why: 'the one place that writes a run folder',
		},
	],
};

/** What runs in the reader’s browser knows of a run what the API answers. */
const DASHBOARD: Law = {
	of: ['services/gateway/client/**'],
	may: [
		...['./**', 'lit-html', 'lit-html/**', 'uplot', 'topojson-client', 'topojson-specification'],
		...['world-atlas/land-110m.json', 'protocol/commands.ts', 'protocol/value-ticks.ts'],
	],
	instead: 'what the API answers: a page knows its server and nothing of a run',
};

/** Narrower than the law of their wing. */
const SILICON_AND_FEEDS: readonly Law[] = [
	{
		of: ['silicon/**'],
		may: ['silicon/**', 'protocol/*.ts', 'protocol/run-folder/batches.ts', 'zod'],
		instead:
			'an argument or a loader of silicon/profile/: what a GPU costs is computed from values',
		except: [
			{
				of: ['silicon/fit/**'],
				may: ['csv-parse/sync'],
				why: 'reads the text of measurements',
			},
			{
				of: [
					'silicon/profile/{load,load-cards,load-device-card,load-parts,load-power}.ts',
					'silicon/kernels/load.ts',
				],
				may: READERS,
				why: 'reads cards and tables',
			},
			{
				of: ['silicon/fit/fit-profile.ts'],
				may: READERS,
				why: 'a script that makes tables that ship',
			},
		],
	},
	{
		of: ['feeds/**'],
		may: ['feeds/**', 'protocol/**', 'zod', 'luxon', 'suncalc', 'csv-parse/sync'],
		instead: 'an argument or a load.ts: a series is computed from values',
		except: [
			{
				of: ['feeds/{signal,weather}/load.ts'],
				may: READERS,
				why: 'reads the files of the user',
			},
			{
				of: ['feeds/live/http-{client,request}.ts'],
				may: ['undici'],
				why: 'the one place that speaks HTTP: it asks live sources, beside a run or before it',
			},
			{
				of: ['feeds/live/services/entsoe-document.ts'],
				may: ['fast-xml-parser'],
				why: 'the one service that answers in XML',
			},
			{
				of: ['feeds/live/sources/{nats-subject,open-source}.ts'],
				may: ['kernel/bus/{bus,nats-access,nats-bus}.ts'],
				why: 'listens to a subject by the one way in which the project logs in to NATS',
			},
			{
				of: ['feeds/live/sources/mqtt-topic.ts'],
				may: ['mqtt'],
				why: 'the one file that knows MQTT',
			},
			{
				of: ['feeds/live/{recording,feed-cache}.ts'],
				may: ['node:{fs,path}', 'kernel/files/{canonical,folder-lock,input-file,write-whole}.ts'],
				why: 'keep what a feed gives, for runs to come',
			},
			{
				of: ['feeds/live/sources/file-tail.ts'],
				may: ['node:fs/promises'],
				why: 'reads what is appended to a file while a run goes on',
			},
			{
				of: ['feeds/live/system-env.ts'],
				may: ['node:timers/promises'],
				why: 'the clock that live sources are asked by',
			},
		],
	},
];

const PROTOCOL_AND_KERNEL: readonly Law[] = [
	{
		of: ['protocol/**'],
		may: ['protocol/**', 'zod', 'msgpackr'],
		instead: 'zod, msgpackr or a file of protocol/: the protocol knows nobody',
		except: [
			{
				of: ['protocol/run-folder/civil-time.ts'],
				may: ['luxon'],
				why: 'a run folder has civil times, and knows zones for them',
			},
		],
	},
	{
		of: ['kernel/actor/**'],
		may: [
			'./**',
			'protocol/**',
			'kernel/bus/{breather,bus,keys,seal,sealed-bus,store}.ts',
			'zod',
			'pure-rand/**',
		],
		instead:
			'kernel/bus/bus.ts or a message of protocol/: the runtime knows no model, no file and no bus but the interface',
		except: [
			{
				of: ['kernel/actor/moment-bytes.ts'],
				may: ['node:v8'],
				why: 'bytes of a structured clone, which keep -0 and NaN',
			},
		],
	},
	{
		of: ['kernel/bus/**'],
		may: ['./**', 'protocol/**'],
		instead: 'an argument: a bus carries bytes for anybody',
		except: [
			{
				of: ['kernel/bus/{keys,nkey,seal}.ts'],
				may: ['node:crypto'],
				why: 'makes and checks seals and logins',
			},
			{
				of: ['kernel/bus/nats-{access,context}.ts'],
				may: ['node:{fs,path}', 'zod'],
				why: 'reads the certificates and logins that the user names',
			},
			{
				of: ['kernel/bus/nats-{attempt,bus,errors,object,options,queue,store}.ts'],
				may: ['@nats-io/{transport-node,jetstream,kv,obj}'],
				why: 'the files that know NATS: its login, its messages, and its JetStream',
			},
		],
	},
	{
		of: ['kernel/files/**'],
		may: ['./**', 'protocol/errors.ts', 'node:{crypto,fs,os,path,zlib}'],
		instead: 'an argument: whoever writes files uses it, so it knows nobody',
		except: [
			{
				of: ['kernel/files/project-file.ts'],
				may: ['node:{module,url}'],
				why: 'finds the files of the project from where its code is',
			},
		],
	},
	{
		of: ['kernel/host/**'],
		may: ['kernel/{host,actor,bus,files}/**', 'protocol/**', 'zod', 'node:{fs,os,path,url,util}'],
		instead: 'an argument: a host carries actors of kinds that it is handed',
	},
	{
		of: ['kernel/nats-server/**'],
		may: [
			'kernel/{nats-server,bus,files}/**',
			'protocol/**',
			'node:{child_process,crypto,fs,net,os,path,timers/promises}',
		],
		instead: 'an argument: it starts a server and knows nobody who uses it',
	},
];

const RESULTS: readonly Law[] = [
	{
		of: ['results/**'],
		may: [
			'results/**',
			'services/**',
			'protocol/**',
			'kernel/files/**',
			...PURE,
			'cli-table3',
			'node:path',
		],
		instead:
			'results/report/run.ts or protocol/run-folder/: what judges a run knows it by its folder only',
		except: [
			{ of: ['results/hindsight/hindsight.ts'], may: ['highs'], why: 'solves the linear program' },
			{
				of: ['results/accounting/regions.ts'],
				may: ['node:fs'],
				why: 'reads the table of regions that ships',
			},
			{
				of: [
					'results/report/{html,metadata,read-csv,told}.ts',
					'results/repeats/{repeats-file,write-repeats}.ts',
					'results/compare/comparison-file.ts',
				],
				may: ['node:fs', 'yaml'],
				why: 'reads the run folder and what ships for its page',
			},
			{
				of: ['results/report/pack-levels.ts'],
				may: ['node:zlib'],
				why: 'deflates what a page carries',
			},
			{ of: ['results/report/client/**'], may: ['uplot'], why: 'draws figures in a browser' },
			{
				of: ['results/export/parquet.ts', 'results/compare/table.ts'],
				may: ['node:fs', 'hyparquet-writer'],
				why: 'writes Parquet',
			},
			{ of: ['results/export/pdf-pen.ts'], may: ['node:fs', 'pdfkit'], why: 'writes PDF' },
			{ of: ['results/export/paper.ts'], may: ['node:fs'], why: 'sees whether a folder has a run' },
		],
	},
	{
		of: ['results/report/client/**'],
		may: [
			...['results/report/client/**', 'protocol/value-ticks.ts', 'uplot'],
			'results/report/{figure,level,packed-columns,page-data}.ts',
		],
		instead: 'a type of results/report/page-data.ts: a page knows its figures and nothing of a run',
	},
	{
		of: ['{results/hindsight,services/battery/degradation}/**'],
		may: ['{results/hindsight,services/battery/degradation}/**', 'protocol/rounding.ts', 'highs'],
		instead: 'an argument: what judges a run takes plain numbers',
	},
];

const ABOVE: readonly Law[] = [
	{
		of: ['{run,studies,vidur,cli}/**'],
		may: [
			'**/*.ts',
			'zod',
			'luxon',
			'yaml',
			'cli-table3',
			'node:{fs,path,os,crypto,timers/promises}',
		],
		instead: 'the folder whose business it is',
		except: [
			{ of: ['cli/**'], may: ['commander', 'node:zlib'], why: 'the command line' },
			{ of: ['cli/run-log.ts'], may: ['pino'], why: 'writes lines of a log' },
			{
				of: ['cli/kernels-import.ts'],
				may: ['hyparquet', 'fzstd'],
				why: 'reads the Parquet files of measured kernels',
			},
			{
				of: ['cli/worker-health.ts'],
				may: ['node:http'],
				why: 'a worker says how it is to whoever keeps it running',
			},
			{
				of: ['run/launch/run-socket.ts'],
				may: ['node:net'],
				why: 'a run in one process has no server by which its user speaks to it',
			},
			{
				of: ['run/launch/child-host.ts', 'studies/sweep/worker-pool.ts', 'cli/made-command.ts'],
				may: ['node:child_process'],
				why: 'the files that start processes',
			},
			{
				of: [
					'studies/experiments/{pool,experiment-worker}.ts',
					'vidur/serving/outputs/write-{threads,worker}.ts',
				],
				may: ['node:worker_threads'],
				why: 'the files that start threads, and what runs in them',
			},
			{
				of: ['run/served/table-part.ts'],
				may: ['node:fs/promises'],
				why: 'reads tables without holding up the server',
			},
			{
				of: ['cli/progress-view.ts', 'studies/sweep/progress.ts'],
				may: ['cli-progress'],
				why: 'bars in the terminal',
			},
			{
				of: ['run/resolve/policy-source.ts'],
				may: ['sucrase', 'node:module'],
				why: 'takes the types out of a policy of the user',
			},
			{
				of: [
					'studies/{calibrate/read-log,experiments/experiment,truth/read-table}.ts',
					'vidur/{cosim/original-series,energy/results}.ts',
				],
				may: ['csv-parse/sync'],
				why: 'reads the files of another program',
			},
			{
				of: ['studies/jobs/queue-worker.ts', 'run/launch/launch.ts'],
				may: ['node:events'],
				why: 'many wait for one signal',
			},
		],
	},
	{
		of: ['studies/sweep/**'],
		may: [
			'./**',
			'protocol/**',
			'kernel/actor/random.ts',
			'kernel/files/**',
			'results/{report,compare}/**',
			...['zod', 'yaml', 'cli-progress', 'node:*'],
		],
		instead: 'a worker of studies/session/ or studies/capacity/: a sweep knows no model and no run',
	},
	{
		of: ['studies/capacity/**'],
		may: [
			...['./**', 'studies/sweep/**', 'protocol/**', 'kernel/actor/random.ts', 'kernel/files/**'],
			...['silicon/**', 'services/{replica,router}/**', 'results/**', 'zod', 'yaml', 'node:*'],
		],
		instead:
			'an argument: a search of capacity knows replicas and requests as libraries, and no microgrid',
	},
];

/** Who may import what. A file is under each law that names it. */
export const IMPORT_LAWS: readonly Law[] = [
	...PROTOCOL_AND_KERNEL,
	...SILICON_AND_FEEDS,
	SERVICES,
	DASHBOARD,
	...RESULTS,
	...ABOVE,
];

/** Files that lint/no-ambient.grit lets use the time of day, timers and the environment (biome.json), and why. */
export const AMBIENT: Readonly<Record<string, string>> = {
	'kernel/bus/{memory-bus,nats-attempt,nats-bus,nats-object}.ts': 'a bus waits for answers',
	'kernel/files/folder-lock.ts': 'a lock says since when',
	'kernel/host/{event-loop,process}.ts': 'the process around actors: its turns and tries',
	'kernel/nats-server/**': 'finds, starts and watches another process',
	'feeds/live/system-env.ts':
		'the clock and the keys that live sources are asked with, beside a run',
	'results/report/client/save.ts': 'a browser’s own clock, after a download',
	'services/gateway/client/**': 'a page in the reader’s browser, which asks its server',
	'silicon/fit/fit-profile.ts': 'a script',
	'services/{router/fit-lengths,solar/make-cloud-statistics}.ts': 'scripts',
	'services/recorder/{commits,run-folder}.ts':
		'what was spent and when a run ended, beside its results',
};

/** Files outside the command line that lint/no-terminal.grit lets write to the terminal and end the process, and why. */
export const TERMINAL: Readonly<Record<string, string>> = {
	'kernel/host/process.ts': 'what every main.ts of services/ calls, a process of its own',
	'kernel/nats-server/{install,nats-binary-for-tests}.ts': 'a script, and a reason to skip tests',
	'studies/sweep/worker-side.ts': 'a process of its own, which ends with whoever started it',
};

const ONLY_A_MEMORY =
	'remembers what a pure function of its key gave: it saves time, and changes no answer';
const OF_THE_PROCESS = 'is of the process, and the same as long as that lives';
const READ_ONCE =
	'data that ship with the project, or a file as it is now: read once, never written to';
const SCRATCH = 'written before it is read in each call, which no other call interrupts';
const WRITTEN_AT_LOAD = 'filled while the module is loaded, never after';
const OF_THE_THREAD =
	'the thread that a process has for policies of users; what it answers is of the question alone';

/** Names at module level that hold something that changes, by file, and why that may be: see module-state.ts. */
export const MODULE_STATE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
	'feeds/signal/instant.ts': { dayText: ONLY_A_MEMORY, dayMs: ONLY_A_MEMORY },
	'feeds/signal/local-clock.ts': { made: ONLY_A_MEMORY },
	'feeds/signal/trace.ts': { last: ONLY_A_MEMORY },
	'feeds/sky/clear-days.ts': { known: ONLY_A_MEMORY },
	'kernel/actor/join.ts': { ANY_KEY: 'bytes that are sent, and that nobody writes to' },
	'kernel/files/folder-lock.ts': { held: 'locks of this process, let go when it ends' },
	'kernel/files/identity.ts': { known: READ_ONCE },
	'kernel/files/process-id.ts': { own: OF_THE_PROCESS },
	'kernel/host/event-loop.ts': {
		eventLoop: 'a process has one event loop; rests change no result',
	},
	'kernel/host/program.ts': { known: OF_THE_PROCESS },
	'protocol/codec.ts': { unpackr: 'reads each message by itself: useRecords is off' },
	'results/hindsight/hindsight.ts': { loaded: 'a library of WebAssembly, loaded once' },
	'results/report/client/main.ts': {
		zoom: 'what the reader of a page has chosen, in the browser',
		drawn: 'what the reader of a page has chosen, in the browser',
	},
	'results/report/columns.ts': { sortedOf: ONLY_A_MEMORY },
	'results/report/metadata.ts': { last: ONLY_A_MEMORY },
	'run/resolve/calibration.ts': { loaded: READ_ONCE },
	'run/run-scenario.ts': { NEVER: 'a signal that nobody can give' },
	'services/controller/plugin.ts': { loaded: OF_THE_THREAD },
	'services/controller/policy-thread.ts': { thread: OF_THE_THREAD },
	'services/controller/policy-worker.ts': { policies: OF_THE_THREAD },
	'services/own/load.ts': { loaded: 'modules by their contents, as Node keeps them too' },
	'services/recorder/columns.ts': {
		memoValues: ONLY_A_MEMORY,
		memoTexts: ONLY_A_MEMORY,
		scratch: SCRATCH,
		scratchWords: SCRATCH,
	},
	'services/recorder/run-folder.ts': { written: 'the text of a file, compared with it before use' },
	'services/replica/engine/handoff.ts': { row: SCRATCH },
	'services/replica/engine/request.ts': { row: SCRATCH },
	'services/router/exact-log.ts': { LOG_HIGH: WRITTEN_AT_LOAD, LOG_LOW: WRITTEN_AT_LOAD },
	'services/solar/cloud-shape.ts': { tables: ONLY_A_MEMORY },
	'silicon/kernels/load.ts': { tables: READ_ONCE },
	'silicon/profile/load-cards.ts': {
		parsedCards: READ_ONCE,
		own: 'cards of the user by name, each run reads its own first',
	},
	'silicon/profile/load-device-card.ts': {
		shipped: READ_ONCE,
		own: 'cards of the user by name, each run reads its own first',
	},
	'silicon/profile/load-parts.ts': { cache: READ_ONCE },
	'silicon/profile/load.ts': { loaded: READ_ONCE },
	'studies/capacity/requests.ts': { drawn: ONLY_A_MEMORY },
	'vidur/serving/flag-table.ts': { flags: WRITTEN_AT_LOAD },
	'vidur/serving/outputs/number-bytes.ts': { double: SCRATCH, words: SCRATCH },
};
