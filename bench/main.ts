import { benchLockstep } from './lockstep.ts';
import { benchMessages } from './messages.ts';
import { benchReplica } from './replica.ts';

/** Prints speeds as ratios against baselines measured in the same run. `node main.js [part ...]` */
const PARTS: Readonly<Record<string, () => Promise<void>>> = {
	messages: benchMessages,
	lockstep: benchLockstep,
	replica: benchReplica,
};

const wanted = process.argv.slice(2);
for (const [name, bench] of Object.entries(PARTS)) {
	if (wanted.length === 0 || wanted.includes(name)) await bench();
}
process.exit();
