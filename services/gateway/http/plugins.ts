import type { GatewayPlugin } from '../context.ts';
import { dashboard } from './dashboard.ts';
import { events } from './events.ts';
import { health } from './health.ts';
import { metrics } from './metrics.ts';
import { openai } from './openai.ts';
import { runData } from './run-data.ts';
import { runs } from './runs.ts';
import { vessim } from './vessim.ts';

/** All parts of the API. Each is registered in a scope of its own, so that hooks and error handlers stay in it. */
export const PLUGINS: readonly GatewayPlugin[] = [
	health,
	runs,
	runData,
	events,
	metrics,
	vessim,
	openai,
	dashboard,
];
