/** Bodies of requests: counted while they are read, so that none takes more memory than it may. */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { gunzip } from 'node:zlib';
import { ApiProblem } from './problem.js';

export const largestBodyBytes = 16 * 1024 * 1024;
/** Of all bodies that are being read at a time. */
const largestTotalBytes = 4 * largestBodyBytes;

const unzip = promisify(gunzip);

export class RequestBodies {
  private totalBytes = 0;

  /**
   * @throws ApiProblem 413 for a body that is larger, as sent or unpacked, 415 for an encoding that is not
   * known, 503 when there are too many bodies at a time, 400 for one that did not come whole.
   */
  async read(request: IncomingMessage, largest: number): Promise<Buffer> {
    const encoding = request.headers['content-encoding']?.trim().toLowerCase() ?? 'identity';
    if (encoding !== 'identity' && encoding !== 'gzip') throw unknownEncoding(encoding);
    if (Number(request.headers['content-length']) > largest) throw tooLarge(largest);
    let ownBytes = 0;
    try {
      const pieces: Buffer[] = [];
      // Not destroyed when it is given up: the answer that says why has to come through.
      for await (const piece of request.iterator({ destroyOnReturn: false })) {
        const bytes = piece as Buffer;
        ownBytes += bytes.length;
        this.totalBytes += bytes.length;
        if (ownBytes > largest) throw tooLarge(largest);
        if (this.totalBytes > largestTotalBytes) throw tooMany();
        pieces.push(bytes);
      }
      const body = Buffer.concat(pieces);
      return encoding === 'gzip' ? await unpacked(body, largest) : body;
    } catch (thrown) {
      if (thrown instanceof ApiProblem) throw thrown;
      throw new ApiProblem(400, 'The body did not come whole. Send the request again.');
    } finally {
      this.totalBytes -= ownBytes;
    }
  }
}

async function unpacked(body: Buffer, largest: number): Promise<Buffer> {
  try {
    return await unzip(body, { maxOutputLength: largest });
  } catch (thrown) {
    if ((thrown as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(largest);
    throw new ApiProblem(400, 'The body is not gzip, though its Content-Encoding says so.', {
      errors: [{ field: 'body', message: 'Not gzip.' }],
    });
  }
}

const unknownEncoding = (encoding: string): ApiProblem =>
  new ApiProblem(
    415,
    `The encoding "${encoding}" is not understood. Send the body as it is, or with gzip.`,
    { errors: [{ field: 'Content-Encoding', message: 'Either gzip or none.' }] },
  );

const tooLarge = (largest: number): ApiProblem =>
  new ApiProblem(
    413,
    `The body is larger than ${largest / 1024 / 1024} MiB. Send it in several requests.`,
    // What is still on its way is not waited for.
    { headers: { Connection: 'close' } },
  );

const tooMany = (): ApiProblem =>
  new ApiProblem(503, 'Too many requests are being read. Send it again in a second.', {
    headers: { 'Retry-After': '1', Connection: 'close' },
  });
