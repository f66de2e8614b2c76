/** What the tests of the page begin and end with. */
import assert from 'node:assert/strict';
import type { Browser } from 'playwright-core';
import { pictureTrace } from './syntheticTrace.js';
import {
  type PageOptions,
  type TracePage,
  bundlePage,
  launchBrowser,
  openTracePage,
} from './tracePage.js';

export type OpenPage = (options?: Partial<PageOptions>) => Promise<TracePage>;

/**
 * Gives the tests of a `describe` block one browser. The pages that a test opens with the returned function
 * are closed after it, and must have reported no error.
 */
export function pageFixture(): OpenPage {
  let browser: Browser;
  let bundle: Map<string, Uint8Array>;
  let opened: TracePage[] = [];
  before(async () => {
    browser = await launchBrowser();
    bundle = await bundlePage();
  });
  after(() => browser.close());
  afterEach(async () => {
    const pages = opened;
    opened = [];
    await Promise.all(pages.map((page) => page.close()));
    assert.deepEqual(
      pages.flatMap(({ errors }) => errors),
      [],
    );
  });
  return async (options = {}) => {
    const page = await openTracePage(browser, bundle, { source: pictureTrace(), ...options });
    opened.push(page);
    return page;
  };
}
