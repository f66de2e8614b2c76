/**
 * Agents as a process of their own: `client.ts URL STREAMS CHUNKS GAP_MS` reads streams at once, begun one after
 * the other within a gap, and prints how many ms each chunk was under way, leaving out the first second of each.
 */
import { Agent, request } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import { key } from './key.js';

const [url = '', ...numbers] = process.argv.slice(2);
const [streams = 1, count = 1, gapMs = 1] = numbers.map(Number);
const agent = new Agent({ keepAlive: true });
const warmUp = 1_000 / gapMs;

function stream(): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${key}` };
    const asked = request(
      `${url}/chat/completions`,
      { method: 'POST', agent, headers },
      (response) => {
        const latencies: number[] = [];
        let said = '';
        response.on('data', (piece: Buffer) => {
          const now = process.hrtime.bigint();
          said ||= piece.toString();
          for (const [, sent = '0'] of piece.toString().matchAll(/"content":\s?"(\d+) "/g)) {
            latencies.push(Number(now - BigInt(sent)) / 1e6);
          }
        });
        response.once('error', reject);
        response.once('end', () => {
          if (latencies.length === count) resolve(latencies.slice(warmUp));
          else
            reject(new Error(`${latencies.length} of ${count} chunks came from ${url}: ${said}`));
        });
      },
    );
    asked.once('error', reject);
    const messages = [{ role: 'user', content: 'Count.' }];
    asked.end(JSON.stringify({ model: `bench-${count}-${gapMs}`, stream: true, messages }));
  });
}

const running = Array.from({ length: streams }, async (_, number) => {
  await wait((number * gapMs) / streams);
  return stream();
});
const latencies = (await Promise.all(running)).flat();
agent.destroy();
process.stdout.write(JSON.stringify(latencies));
