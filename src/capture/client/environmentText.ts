/** Environment variables as a person pastes them: into a shell, a file, a launch configuration. */

export type EnvironmentFormat = 'sh' | 'powershell' | 'cmd' | 'dotenv' | 'launch.json';

export function environmentText(
  environment: Readonly<Record<string, string>>,
  format: EnvironmentFormat,
): string {
  if (format === 'launch.json') return `"env": ${JSON.stringify(environment, null, 2)}`;
  const line = lines[format];
  return Object.entries(environment)
    .map(([name, value]) => `${line(name, value)}\n`)
    .join('');
}

const lines: Readonly<
  Record<Exclude<EnvironmentFormat, 'launch.json'>, (name: string, value: string) => string>
> = {
  sh: (name, value) => `export ${name}='${value.replaceAll("'", `'\\''`)}'`,
  powershell: (name, value) => `$env:${name} = '${value.replaceAll("'", "''")}'`,
  cmd: (name, value) => `set "${name}=${value}"`,
  dotenv: (name, value) => `${name}="${value.replaceAll(/["\\$]/g, '\\$&')}"`,
};
