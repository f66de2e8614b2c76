import { OpenAPIHono } from '@hono/zod-openapi';
import type { HttpBindings } from '@hono/node-server';
import { invalidInput } from './problem.js';

/** The request and response of Node are in `env`, for what must be counted or streamed. */
export type Api = OpenAPIHono<{ Bindings: HttpBindings }>;

export const createApp = (): Api =>
  new OpenAPIHono({
    defaultHook: (result) => {
      if (!result.success) throw invalidInput(result.error);
    },
  });
