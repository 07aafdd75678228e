import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { SERVER_LOG, startWatched } from '../../../kernel/nats-server/watchdog.ts';

/** A Prometheus on a free port of loopback that has the samples of a text in OpenMetrics, and scrapes nobody. */
export async function startPrometheus(
	programs: { readonly prometheus: string; readonly promtool: string },
	openMetrics: string,
	webConfig = '',
): Promise<{ readonly url: string; stop(): Promise<void> }> {
	const folder = mkdtempSync(join(tmpdir(), 'gridbeat-prometheus-'));
	const at = (name: string) => join(folder, name);
	writeFileSync(at('samples.om'), openMetrics);
	writeFileSync(at('prometheus.yml'), '');
	writeFileSync(at('web.yml'), webConfig);
	const blocks = ['tsdb', 'create-blocks-from', 'openmetrics', at('samples.om'), at('data')];
	execFileSync(programs.promtool, blocks, { stdio: 'pipe' });
	const watched = startWatched({
		folder,
		command: programs.prometheus,
		args: [
			'--web.listen-address=127.0.0.1:0',
			`--web.config.file=${at('web.yml')}`,
			`--storage.tsdb.path=${at('data')}`,
			'--storage.tsdb.retention.time=100y',
			`--config.file=${at('prometheus.yml')}`,
		],
	});
	let ended: string | null = null;
	void watched.ended.then(({ log }) => {
		ended = log;
	});
	for (;;) {
		if (ended !== null) throw new Error(`prometheus ended: ${ended}`);
		const log = existsSync(at(SERVER_LOG)) ? readFileSync(at(SERVER_LOG), 'utf8') : '';
		const [, address] = /msg="Listening on" address=(\S+)/.exec(log) ?? [];
		if (address !== undefined && log.includes('ready to receive web requests'))
			return { url: `http://${address}`, stop: () => watched.stop() };
		await sleep(20);
	}
}
