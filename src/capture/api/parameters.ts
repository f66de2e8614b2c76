/** Parameters that several routes have. */
import { z } from '@hono/zod-openapi';

/** A whole number in a query: "", "1e3" and " 5" are none, though `Number` takes them. */
function wholeNumber(description: string, minimum: number, maximum: number) {
  const range = `A whole number from ${minimum} to ${maximum}.`;
  return z
    .string()
    .regex(/^\d{1,15}$/, range)
    .transform(Number)
    .pipe(z.number().min(minimum, range).max(maximum, range))
    .openapi({ type: 'integer', minimum, maximum, description });
}

export const paging = (defaultLimit: number, mostLimit: number) => ({
  limit: wholeNumber('How many to return at most.', 1, mostLimit)
    .optional()
    .transform((limit) => limit ?? defaultLimit)
    .openapi({ type: 'integer', minimum: 1, maximum: mostLimit, default: defaultLimit }),
  offset: wholeNumber('How many to leave out before.', 0, Number.MAX_SAFE_INTEGER)
    .optional()
    .transform((offset) => offset ?? 0)
    .openapi({ type: 'integer', minimum: 0, default: 0 }),
});

export const time = (description: string) =>
  wholeNumber(description, 0, Number.MAX_SAFE_INTEGER).optional();
