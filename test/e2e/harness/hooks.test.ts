import { disposeLauncher, screenshotsOfFailure } from './workbench.js';

afterEach(async function () {
  const test = this.currentTest;
  if (test?.state === 'failed') await screenshotsOfFailure(test.fullTitle());
});

after(disposeLauncher);
