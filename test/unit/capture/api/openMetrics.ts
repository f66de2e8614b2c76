/** Reads OpenMetrics text strictly, as the specification 1.0 wants it; for what a capture uses of it. */
import assert from 'node:assert/strict';

export interface MetricFamily {
  readonly type: string;
  readonly unit: string | undefined;
  readonly help: string | undefined;
  readonly samples: { readonly name: string; readonly labels: string; readonly value: number }[];
}

const types: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total', '_created'],
  gauge: [''],
  info: ['_info'],
  stateset: [''],
  summary: ['', '_count', '_sum', '_created'],
};

const metricName = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/;
const sampleLine =
  /^([a-zA-Z_:][a-zA-Z0-9_:]*)(?:\{((?:[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\n"])*"(?:,(?!\})|(?=\})))*)\})? (-?(?:\d+(?:\.\d+)?(?:e[+-]?\d+)?|Inf)|\+Inf|NaN)$/;

/** @throws AssertionError for whatever the specification does not allow. */
export function readOpenMetrics(text: string): Map<string, MetricFamily> {
  assert.ok(text.endsWith('# EOF\n'), 'it ends with "# EOF" and a line feed');
  assert.ok(!/\r|\n\n/.test(text), 'neither carriage returns nor empty lines');
  const lines = text.split('\n').slice(0, -2);
  const families = new Map<string, MetricFamily>();
  let name = '';
  const seen = new Set<string>();
  for (const line of lines) {
    const [, about, ofName = '', value = ''] = /^# (TYPE|UNIT|HELP) (\S+) (.*)$/.exec(line) ?? [];
    if (about === undefined) {
      addSample(families.get(name), name, line, seen);
      continue;
    }
    assert.match(ofName, metricName);
    if (ofName !== name) {
      assert.ok(!families.has(ofName), `${ofName} is not interleaved with others`);
      families.set(ofName, { type: 'unknown', unit: undefined, help: undefined, samples: [] });
      name = ofName;
    }
    const family = families.get(name);
    assert.equal(family?.samples.length, 0, 'what is said of a family comes before its samples');
    families.set(name, { ...(family ?? assert.fail()), ...described(about, value) });
    if (about === 'TYPE') assert.ok(Object.hasOwn(types, value), `a type: ${value}`);
    if (about === 'UNIT') assert.ok(name.endsWith(`_${value}`), `${name} ends with its unit`);
  }
  return families;
}

function described(about: string, value: string): Partial<MetricFamily> {
  if (about === 'TYPE') return { type: value };
  return about === 'UNIT' ? { unit: value } : { help: value };
}

function addSample(
  family: MetricFamily | undefined,
  familyName: string,
  line: string,
  seen: Set<string>,
): void {
  const match = sampleLine.exec(line);
  assert.ok(match && family, `a sample of a family: ${line}`);
  const [, name = '', labels = '', value = ''] = match;
  assert.ok(!seen.has(`${name}{${labels}}`), `only once: ${line}`);
  seen.add(`${name}{${labels}}`);
  const suffix = name.slice(familyName.length);
  assert.ok(name.startsWith(familyName) && types[family.type]?.includes(suffix), line);
  const number = Number(value.replace('Inf', 'Infinity'));
  if (family.type === 'counter') assert.ok(number >= 0, 'counters are not negative');
  if (family.type === 'info') assert.equal(number, 1);
  if (family.type === 'stateset') {
    assert.ok(number === 0 || number === 1);
    assert.ok(
      labels.includes(`${familyName}="`),
      'the label of a state has the name of its family',
    );
  }
  if (family.type === 'summary' && suffix === '') assert.match(labels, /quantile="[01]\.\d+"/);
  family.samples.push({ name, labels, value: number });
}
