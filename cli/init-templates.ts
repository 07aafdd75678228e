/** A beginning for a purpose: a file with comments that runs as it stands. */
interface Template {
	/** What it is for, in the help. */
	readonly about: string;
	/** What runs it. */
	readonly command: 'run' | 'sweep' | 'capacity';
	/** Without the place, which takes the line `{location}`, at the same depth. */
	readonly text: string;
}

const SERVING = `serving:
  replicas: 2                          # each with tensorParallel x pipelineStages GPUs
  model: meta-llama/Meta-Llama-3-8B    # or the path of a card of your own (.yaml)
  device: a100                         # gridbeat profiles list shows models and devices
`;

const TIMES = `start: 2024-06-20T00:00                # local time
until: 24h
step: 60s                              # of the microgrid; requests are simulated exactly
seed: 1                                # same file, same seed: same bytes
`;

/** The purposes of `gridbeat init`. */
export const TEMPLATES: Readonly<Record<string, Template>> = {
	fleet: {
		about: 'what a fleet draws, emits and costs, and how long requests take',
		command: 'run',
		text: `# What do these GPUs draw, emit and cost, and how long do requests take?
name: fleet
{location}
${TIMES}
requests:
  qps: 1.5                             # mean requests a second; docs/requests.md has traces and days
  rate:
    diurnal:                           # factors by local hour from 00:00 on, mean 1
      weekday: [0.4, 0.3, 0.2, 0.2, 0.2, 0.3, 0.5, 0.9, 1.3, 1.5, 1.6, 1.6, 1.5, 1.5, 1.6, 1.5, 1.4, 1.3, 1.3, 1.3, 1.2, 1.0, 0.8, 0.6]

${SERVING}  pue: 1.2                             # facility power over that of GPUs and servers

carbon:
  source: location                     # what is known of the place's grid; or a file, a zone, a feed
price:
  source: constant
  valueUsdPerKwh: 0.2

solar: none                            # all from the grid; or 4 kW, say
batteries: none                        # or 6 kWh, say
`,
	},
	cap: {
		about: 'what a power cap on dirty hours does to latency and emissions',
		command: 'run',
		text: `# What does a power cap do to p99 and to emissions? Run it with --without cap, and both are set side by side.
name: cap
{location}
${TIMES}
requests:
  qps: 1.5

${SERVING}
carbon:
  source: location

# While the grid is above this many gCO2/kWh, each GPU runs at no more than so many watts.
cap:
  - signal: carbon
    above: 300
    capWPerGpu: 200

solar: none                            # all from the grid; or 4 kW, say
batteries: none                        # or 6 kWh, say
`,
	},
	battery: {
		about: 'sun and battery at a site: a load, a tariff, and when to charge',
		command: 'run',
		text: `# What does a battery earn beside a load of 1 kW and a solar plant?
name: battery
{location}
start: 2024-06-20T00:00                # local time
until: 7d
step: 5min
seed: 1

serving: null                          # no GPUs: leave this line out to have them
loads:
  - type: constant                     # or a trace: docs/scenario.md
    name: site
    powerW: 1000

solar:
  - peakPowerW: 3000

batteries:
  - type: linear                       # with losses; simple has none
    capacityWh: 5000
    initialSoc: 0.5
    minSoc: 0.1
    chargeCRate: 0.5                   # power as a multiple of the capacity
    dischargeCRate: 0.5

carbon:
  source: location
price:
  source: tariff                       # USD/kWh from 00:00 on
  weekday: [0.12, 0.12, 0.12, 0.12, 0.12, 0.14, 0.2, 0.3, 0.32, 0.28, 0.22, 0.18, 0.15, 0.15, 0.16, 0.2, 0.26, 0.34, 0.4, 0.4, 0.36, 0.28, 0.2, 0.14]

# docs/dispatch.md has the other policies, and how to write one.
policy:
  type: price-arbitrage
  chargeBelow: 0.15                    # USD/kWh
  dischargeAbove: 0.3
`,
	},
	islanded: {
		about: 'a microgrid without a grid: how large sun and battery must be',
		command: 'run',
		text: `# Do sun and battery carry this load for two days? What they cannot serve is shed, and counted.
name: islanded
{location}
start: 2024-06-20T08:00                # local time
until: 48h
step: 60s
seed: 1

requests:
  qps: 0.5

serving:
  replicas: 1
  model: meta-llama/Meta-Llama-3-8B
  device: a100

solar:
  - peakPowerW: 4000

batteries:
  - type: simple
    capacityWh: 12000
    initialSoc: 0.8
    minSoc: 0.1
    cRate: 0.5

policy:
  mode: islanded
  shedding:                            # without it a deficit ends the run
    order:
      - replicasCapWPerGpu: 150        # first the GPUs are slowed
        belowSoc: 0.3

carbon: null                           # without a grid its figures do not matter
`,
	},
	sweep: {
		about: 'many runs over a grid of keys, side by side',
		command: 'sweep',
		text: `# What do battery and cap do to latency and emissions? Every combination, two seeds each.
name: battery-and-cap
base:                                  # a scenario; or the path of one: base: day.yaml
  {location}
  start: 2024-06-20T18:00
  until: 1h
  requests: { qps: 1.5 }
  serving: { replicas: 2 }
  batteries: [{ type: simple, capacityWh: 200, initialSoc: 0.9, minSoc: 0.1 }]
  cap: [{ signal: carbon, above: 300, capWPerGpu: 400 }]

grid:                                  # dotted keys of the scenario
  batteries.0.capacityWh: [100, 300]
  cap.0.capWPerGpu: [150, 400]

repeats: 2                             # seeds of each point: means get intervals
metrics: [serving.ttftS.p99, serving.e2eS.p99, energy.importKwh, emissions.importG]
`,
	},
	capacity: {
		about: 'how many requests a second can be served within limits on latency',
		command: 'capacity',
		text: `# How many requests a second can one GPU serve within limits on latency, and which gives most for a dollar?
name: chat
base:                                  # a scenario
  {location}
  requests:
    lengths: { type: trace, table: azure-conversation }
  serving:
    replicas: 1
    model: meta-llama/Meta-Llama-3-8B

grid:                                  # every combination is searched
  serving.device: [a100, h100]
  serving.scheduler: [vllm, sarathi]

slo:                                   # seconds
  ttftS: { p90: 2 }
  tbtS: { p99: 0.2 }

search:
  tolerance: 0.05                      # of the rate that is found
  requests: 500
  minDuration: 1min
`,
	},
};
