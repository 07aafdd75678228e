import { benchDelays } from './delays.ts';
import { benchLockstep } from './lockstep.ts';
import { benchMessages } from './messages.ts';
import { benchOpenAi } from './openai.ts';
import { benchRealtime, benchRealtimeHour } from './realtime.ts';
import { benchRecovery } from './recovery.ts';
import { benchReplica } from './replica.ts';
import { benchScale } from './scale.ts';

/** Prints speeds as ratios against baselines measured in the same run. `node main.js [part ...]` */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
	messages: benchMessages,
	lockstep: benchLockstep,
	replica: benchReplica,
};

/** Only where they are named. */
const ON_REQUEST: typeof PARTS = {
	delays: benchDelays,
	scale: benchScale,
	recovery: benchRecovery,
	openai: benchOpenAi,
	realtime: benchRealtime,
	'realtime-hour': benchRealtimeHour,
};

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries({ ...PARTS, ...ON_REQUEST })) {
	if (wanted.includes(name) || (wanted.length === 0 && name in PARTS)) await bench();
}
process.exit();
