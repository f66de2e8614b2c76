/** Errors of OpenAI's endpoints. */
const byStatus: Readonly<Record<number, readonly [type: string, code: string, message: string]>> = {
  401: [
    'invalid_request_error',
    'invalid_api_key',
    'Incorrect API key provided. You can find your API key in your account settings.',
  ],
  403: [
    'invalid_request_error',
    'unsupported_country_region_territory',
    'Country, region, or territory not supported.',
  ],
  408: ['timeout', 'request_timeout', 'The request took too long.'],
  429: [
    'tokens',
    'rate_limit_exceeded',
    'Rate limit reached for this model on tokens per min (TPM): Limit 30000, Used 29512, Requested 1200.',
  ],
  500: [
    'server_error',
    'server_error',
    'The server had an error while processing your request. Sorry about that!',
  ],
  503: [
    'server_error',
    'overloaded',
    'The engine is currently overloaded, please try again later.',
  ],
};

export function openaiError(status: number): unknown {
  const [type, code, message] = byStatus[status] ?? ['invalid_request_error', null, 'Bad request.'];
  return { error: { message, type, param: null, code } };
}
