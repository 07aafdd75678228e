import { locate } from './locate.ts';

/** Puts nats-server into .tools/ ahead of time, unless one is there already. Exit code 1 if none can be had. */
const located = await locate({ say: (text) => process.stderr.write(`nats-server: ${text}\n`) });
switch (located.type) {
	case 'url':
		process.stdout.write('nats-server: NATS_URL is set, nothing to install\n');
		break;
	case 'binary':
		process.stdout.write(`nats-server: ${located.path} ${located.version}\n`);
		break;
	case 'docker':
		process.stdout.write('nats-server: will run in docker\n');
		break;
	case 'none':
		process.stdout.write(
			`nats-server: none (${located.reason}); to get one: ${located.ways.join(', or ')}\n`,
		);
		process.exitCode = 1;
}
