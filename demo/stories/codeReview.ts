/** A coding agent: long reasoning, an edit as streamed tool arguments, a review that is aborted by a new commit. */
import { anthropicMessages, openAiChat, paces } from '../providers.js';
import { Story } from '../story.js';
import type { TraceWriter } from '../../src/store/native/traceWriter.js';

const diff = `--- a/src/cache.ts
+++ b/src/cache.ts
@@ -18,9 +18,14 @@ export class Cache<T> {
-  get(key: string): T | undefined {
-    return this.entries.get(key)?.value;
-  }
+  async get(key: string, load: () => Promise<T>): Promise<T> {
+    const entry = this.entries.get(key);
+    if (entry && entry.expires > Date.now()) return entry.value;
+    const value = await load();
+    this.entries.set(key, { value, expires: Date.now() + this.ttl });
+    return value;
+  }`;

const system =
  'You review pull requests. Find what breaks in production first; style comes last. Propose a patch when it is small.';

const thoughts =
  "The old get was synchronous and never expired anything. The new one loads on a miss. Let me think about two callers asking for the same key at the same time: both see no entry, both call load, and the slower one overwrites the faster one's value. For an expensive load that is a stampede: when the entry of a hot key expires under load, every request in flight goes to the database at once. The fix is small: keep the promise in the map instead of the value, so that later callers await the same load. But then a rejected promise must be removed again, otherwise one failed load is cached for the whole ttl. Also Date.now() is called twice, which is harmless. Are there other callers of get? The signature changed from sync to async, so TypeScript will find them. What about expired entries: they are replaced, but never deleted if nobody asks again, so the map grows without bound. That deserves a comment, not a blocker.";

const review =
  '**One blocker, one remark.**\n\n1. *Cache stampede.* Two callers that miss at the same time both run `load()`. When a hot key expires under load, every request in flight goes to the database. Keep the promise in the map, so that callers share one load, and delete it again when it rejects: otherwise one failure is cached for the whole TTL.\n2. *Remark:* expired entries are only replaced, never removed, so the map grows with the number of distinct keys. A sweep every few minutes, or an LRU, would bound it.\n\nI attach a patch for the first point.';

const patch = {
  path: 'src/cache.ts',
  edits: [
    {
      old: '    const value = await load();\n    this.entries.set(key, { value, expires: Date.now() + this.ttl });\n    return value;',
      new: '    const value = load().catch((error: unknown) => {\n      this.entries.delete(key);\n      throw error;\n    });\n    this.entries.set(key, { value, expires: Date.now() + this.ttl });\n    return value;',
    },
  ],
  message: 'Share one load between callers that miss at the same time',
};

export function tellCodeReview(writer: TraceWriter): void {
  const story = new Story(
    writer,
    {
      id: 'review-412',
      name: 'code review of pull request 412',
      startedAt: '2026-10-14T13:31:47.880Z',
      agentType: 'reviewer',
      metadata: { repository: 'shop/api', pullRequest: 412 },
    },
    412,
  );
  story.agent('Reviewer', () => {
    story.tool('git_diff', 58, { base: 'main', head: 'cache-ttl' }, { diff });
    story.call({
      request: anthropicMessages(
        'claude-opus-4-1',
        [
          { role: 'system', content: system },
          { role: 'user', content: `Review this change.\n\n${diff}` },
        ],
        {
          more: {
            thinking: { type: 'enabled', budget_tokens: 8000 },
            tools: [{ name: 'edit_file', input_schema: { type: 'object' } }],
          },
        },
      ),
      promptTokens: 1_184,
      firstChunkMs: 640,
      stream: story
        .stream({ ...paces.claude, tokensPerSecond: 44 })
        .wait(1_320)
        .reasoning(thoughts)
        .wait(380)
        .text(review)
        .wait(210)
        .toolCall('edit_file', patch),
      tailMs: 18,
      end: { finishReason: 'tool_use' },
    });
    story.tool('edit_file', 34, { path: 'src/cache.ts' }, { ok: true, changed: 4 });
    story.failedTool(
      'run_tests',
      6_240,
      { command: 'npm test -- cache' },
      "cache.test.ts: 'does not cache a failed load' failed: expected 2 calls of load, got 1",
    );
    abortedExplanation(story);
    story.error('cancelled', 'Pull request 412 got a new commit; the review starts again.');
  });
  story.finish();
}

/** The agent closed the connection when a new commit came: not an error of the model. */
function abortedExplanation(story: Story): void {
  story.call({
    request: openAiChat('gpt-4.1', [
      { role: 'system', content: system },
      {
        role: 'user',
        content: 'Why does the test "does not cache a failed load" fail after the patch?',
      },
    ]),
    promptTokens: 1_671,
    stream: story
      .stream({ tokensPerSecond: 71 })
      .wait(534)
      .text(
        'The test awaits the first `get`, which rejects, and then calls `get` again at once. The rejection handler that deletes the entry runs in a later microtask than',
      ),
    tailMs: 91,
    end: {
      state: 'aborted',
      errorCode: 'CLIENT_ABORT',
      errorMessage: 'The client closed the connection.',
    },
  });
}
