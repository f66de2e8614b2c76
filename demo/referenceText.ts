/** Endless, never repeating, plausible prose: the configuration reference of a message broker. */
import type { Random } from './random.js';

interface Setting {
  readonly suffix: string;
  readonly type: string;
  readonly values: readonly [string, ...string[]];
  readonly purposes: readonly [string, ...string[]];
}

const groups = [
  'listener',
  'storage',
  'replication',
  'retention',
  'consumer',
  'producer',
  'quota',
  'metrics',
  'tls',
  'cluster',
  'compaction',
  'scheduler',
] as const;

const subjects = [
  'segment',
  'batch',
  'session',
  'heartbeat',
  'snapshot',
  'index',
  'connection',
  'request',
  'checkpoint',
  'partition',
  'lease',
  'buffer',
] as const;

const settings: readonly [Setting, ...Setting[]] = [
  {
    suffix: 'timeout',
    type: 'duration',
    values: ['500ms', '5s', '30s', '2m'],
    purposes: [
      'Controls how long a {subject} may stay idle before the broker closes it and gives its resources back to the pool.',
      'The time after which the {group} gives up waiting for a {subject} and reports it as failed.',
    ],
  },
  {
    suffix: 'max_bytes',
    type: 'size',
    values: ['64KiB', '1MiB', '16MiB', '512MiB'],
    purposes: [
      'Sets the upper bound for a single {subject}; anything larger is answered with an error that names this setting.',
      'How large a {subject} may grow before the {group} starts a new one.',
    ],
  },
  {
    suffix: 'interval',
    type: 'duration',
    values: ['100ms', '1s', '15s', '10m'],
    purposes: [
      'Determines how often the {group} thread looks at every {subject} and writes its state to disk.',
      'The pause between two rounds in which the {group} compares each {subject} with the leader.',
    ],
  },
  {
    suffix: 'limit',
    type: 'integer',
    values: ['16', '100', '1024', '65536'],
    purposes: [
      'Limits how many {subject} objects one client may hold at the same time across all of its channels.',
      'The largest number of {subject} objects that the {group} keeps in memory.',
    ],
  },
  {
    suffix: 'enabled',
    type: 'boolean',
    values: ['true', 'false'],
    purposes: [
      'Switches the {subject} check of the {group} on.',
      'Whether the {group} records a {subject} in the audit log.',
    ],
  },
  {
    suffix: 'policy',
    type: 'enumeration',
    values: ['block', 'drop_oldest', 'reject', 'spill'],
    purposes: [
      'Decides what happens to a new {subject} while the {group} queue is full.',
      'What the {group} does with a {subject} whose owner has gone away.',
    ],
  },
  {
    suffix: 'ratio',
    type: 'number between 0 and 1',
    values: ['0.1', '0.25', '0.5', '0.9'],
    purposes: [
      'Tells the broker which share of the {subject} memory may be used before it starts to push back on producers.',
      'The share of every {subject} that must be stale before the {group} rewrites it.',
    ],
  },
];

const advice: readonly [string, ...string[]] = [
  'The default suits clusters of three to five nodes on local disks.',
  'Raise it when the {group} lag grows although the processors are idle.',
  'Lower values make a failure visible sooner, at the price of more traffic between the nodes.',
  'On network storage, measure the write latency first and choose at least three times its 99th percentile.',
  'Changing it needs no restart: the broker applies it to every {subject} that is opened afterwards.',
  'Keep it equal on all nodes; a node with a different value logs a warning at start and uses the value of the leader.',
  'In a test environment a small value helps to find clients that do not retry.',
  'If you are unsure, leave it alone and watch `{group}_{subject}_total` for a day.',
];
const warnings: readonly [string, ...string[]] = [
  '**Note:** together with `{group}.{subject}.limit` this bounds the memory that one tenant can take.',
  '**Note:** a value of `0` switches the check off. Never do this on a node that is reachable from outside.',
  '**Note:** before version 3.2 the unit was milliseconds; a bare number is still read that way.',
  '**Note:** mirrored topics ignore this setting and follow the source cluster.',
];

/** One section a setting, numbered from 1 on; ends never. */
export function* referenceSections(random: Random): Generator<string, never> {
  for (let number = 1; ; number++) yield section(random, number);
}

function section(random: Random, number: number): string {
  const group = random.pick(groups);
  const subject = random.pick(subjects);
  const setting = random.pick(settings);
  const fill = (sentence: string): string =>
    sentence.replaceAll('{group}', group).replaceAll('{subject}', subject);
  const sentences = [fill(random.pick(setting.purposes)), ...several(random, advice).map(fill)];
  if (random.chance(0.35)) sentences.push(`\n\n${fill(random.pick(warnings))}`);
  return [
    `## ${number}. \`${group}.${subject}.${setting.suffix}\``,
    `*Type:* ${setting.type} · *Default:* \`${random.pick(setting.values)}\``,
    sentences.join(' ').replaceAll(' \n', '\n'),
    `\`\`\`toml\n[${group}.${subject}]\n${setting.suffix} = "${random.pick(setting.values)}"\n\`\`\`\n\n`,
  ].join('\n\n');
}

function several(random: Random, sentences: readonly string[]): string[] {
  const first = random.whole(0, sentences.length - 1);
  const length = random.whole(1, 3);
  // Steps of three through eight sentences meet none twice.
  return Array.from(
    { length },
    (_, step) => sentences[(first + 3 * step) % sentences.length] ?? '',
  );
}
