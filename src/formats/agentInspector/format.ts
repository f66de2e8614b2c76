/**
 * Databases of `ai-agent-inspector` 1.x (Python). Recognised by the tables `schema_version`, `runs` and `steps`.
 * A newer schema that still has the columns we need is opened with a notice, because the recorder only adds to
 * them; one that lacks them is refused.
 */
import { TraceError } from '../../protocol/errors.js';
import type { Database } from '../../store/database.js';
import type { TraceFormat } from '../format.js';
import { decryptFernet, type FernetKey, isFernetToken, parseFernetKey } from './fernet.js';
import { AgentInspectorReader } from './reader.js';
import { hasTables, knownVersion, readTables, readVersion } from './tables.js';

export const agentInspector: TraceFormat = {
  label: 'Agent Inspector databases',
  sign: 'the tables schema_version, runs and steps',
  recognises: hasTables,
  open(database, { keys }) {
    const tables = readTables(database);
    if (tables === null) throw columnsMissing(readVersion(database));
    const usable = keysFor(database, keys);
    if (tables.tokens !== null) indexTokens(database);
    return new AgentInspectorReader(database, tables, usable);
  },
};

function columnsMissing(version: number): TraceError {
  if (version > knownVersion) {
    return new TraceError(
      'too-new',
      `This Agent Inspector database has schema version ${version}, and this extension understands version ${knownVersion}. Update LLM Stream Inspector to open it.`,
    );
  }
  return new TraceError(
    'not-a-trace',
    'This SQLite database has tables named like those of Agent Inspector, but not with its columns: it holds no LLM traces that LLM Stream Inspector can read.',
  );
}

/** In the image only. Without an index, every call would be looked for in all tokens of the file. */
function indexTokens(database: Database): void {
  const indexed = database.get(
    `SELECT 1 FROM pragma_index_list('llm_tokens') AS list
     JOIN pragma_index_info(list.name) AS part ON part.seqno = 0 AND part.name = 'llm_call_id'
     WHERE list.partial = 0`,
  );
  if (indexed === undefined) {
    database.run('CREATE INDEX llm_stream_tokens_by_call ON llm_tokens (llm_call_id)');
  }
}

/**
 * The keys that can be used. Whether a key is needed is told by the oldest and the newest steps, because
 * encryption is a setting of the recorder: a step in between that no key opens is shown without its data.
 */
function keysFor(database: Database, typed: readonly string[]): FernetKey[] {
  const encrypted = encryptedSamples(database);
  const keys = typed.map(parseFernetKey).filter((key) => key !== null);
  if (encrypted.length === 0) return keys;
  if (typed.length === 0) {
    throw new TraceError(
      'key-needed',
      'This Agent Inspector database is encrypted. Enter the key that its recorder uses (TRACE_ENCRYPTION_KEY) to open it.',
    );
  }
  if (keys.length === 0) {
    throw new TraceError(
      'key-wrong',
      'That is not an encryption key: a Fernet key is 44 characters long, letters, digits, “-” and “_”, ending in “=”. Enter the key that the recorder uses (TRACE_ENCRYPTION_KEY).',
    );
  }
  if (!keys.some((key) => encrypted.some((token) => decryptFernet(token, key) !== null))) {
    throw new TraceError(
      'key-wrong',
      'The key does not open this Agent Inspector database: it was encrypted with another one. Enter the key that its recorder uses (TRACE_ENCRYPTION_KEY).',
    );
  }
  return keys;
}

const samples = 32;

function encryptedSamples(database: Database): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const order of ['ASC', 'DESC']) {
    database.each(
      `SELECT CAST(data AS BLOB) FROM (SELECT data FROM steps ORDER BY rowid ${order} LIMIT ${samples})
       WHERE octet_length(data) < 1000000`,
      [],
      ([data]) => {
        if (data instanceof Uint8Array && isFernetToken(data)) found.push(data);
      },
    );
  }
  return found;
}
